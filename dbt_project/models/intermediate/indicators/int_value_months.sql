{{ config(materialized='ephemeral') }}

-- A reported value has the code of its target; known_month is the month it was reported for.
{% for values_model, known_month in [
    ('int_computed_months', 'period_month'),
    ('int_reported_months', 'known_month'),
] -%}
select
    region_code,
    period_month,
    indicator_code,
    population,
    value,
    numerator,
    denominator,
    townships,
    {{ known_month }} as known_month
from {{ ref(values_model) }}
{{ 'union all' if not loop.last }}
{% endfor %}
