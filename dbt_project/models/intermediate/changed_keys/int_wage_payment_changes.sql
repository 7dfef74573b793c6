{{ config(materialized='ephemeral') }}

select distinct
    township_code,
    due_month as period_month
from {{ ref('int_wage_payment_records') }}
where {{ changed_since_checkpoint('wage_payment') }}
