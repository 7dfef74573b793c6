{{ config(materialized='ephemeral') }}

select distinct
    township_code,
    due_month as period_month
from {{ ref('wage_payment_record') }}
where {{ touched_since_chain_end('wage_payment') }}
