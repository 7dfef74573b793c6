{{ config(materialized='ephemeral') }}

-- Every figure of the catalogue: counted from records, or composed of figures that are.
{% for figures in ['int_indicator_months', 'int_composite_months'] -%}
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
