select
    township_code,
    due_month as period_month
from {{ ref('wage_payment_record') }}
where _touched_load_id > {{ watermark('wage_payment', chain_end()) }}

union

select
    township_code,
    period_month
from {{ ref('as_of_touched') }}
