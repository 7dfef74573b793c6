select
    township_code,
    due_month as period_month
from {{ ref('wage_payment_record') }}
where {{ touched_since_chain_end('wage_payment') }}

union

select
    township_code,
    period_month
from {{ ref('as_of_touched') }}
