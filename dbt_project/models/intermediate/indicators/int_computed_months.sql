{{ config(materialized='ephemeral') }}

{% for values_model in ['int_indicator_months', 'int_composite_months'] -%}
select
    region_code,
    period_month,
    indicator_code,
    population,
    value,
    numerator,
    denominator,
    townships
from {{ ref(values_model) }}
{{ 'union all' if not loop.last }}
{% endfor %}
