{{ config(materialized='ephemeral') }}

-- A loan counts in the month in which it was granted and in that in which it is to be repaid.
{% for month in ['granted_month', 'due_month'] -%}
select
    township_code,
    {{ month }} as period_month
from {{ ref('int_startup_loan_records') }}
where {{ changed_since_checkpoint('startup_loan') }}
{{ 'union' if not loop.last }}
{% endfor %}
