{{ config(materialized='ephemeral') }}

-- Every figure of the catalogue: counted from records, or composed of figures that are.
{% for figures in ['indicator_month', 'composite_month'] -%}
select
    region_code,
    period_month,
    indicator_code,
    population,
    value,
    numerator,
    denominator,
    townships
from {{ ref(figures) }}
{{ 'union all' if not loop.last }}
{% endfor %}
