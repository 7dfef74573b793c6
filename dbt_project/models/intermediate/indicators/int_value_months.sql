{{ config(materialized='ephemeral') }}

-- Every figure a target may be measured by: those of the catalogue, and what offices report of a
-- target, under the target's own name; with the month it is of.
{% for figures, known_month in [
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
from {{ ref(figures) }}
{{ 'union all' if not loop.last }}
{% endfor %}
