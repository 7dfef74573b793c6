{% macro measure_rows(models) -%}
{%- do ref('int_changed_months') -%}
with wide as (
    {% for month_model in models -%}
    select
        month.township_code,
        month.period_month,
        to_jsonb(month) - '{township_code, period_month}'::text[] as measures
    from {{ ref(month_model) }} as month
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    wide.township_code,
    wide.period_month,
    split_part(entry.key, '__', 2) as population,
    split_part(entry.key, '__', 1) as measure,
    sum(entry.value::numeric) as value
from wide
cross join jsonb_each_text(wide.measures) as entry
where entry.value::numeric <> 0
group by wide.township_code, wide.period_month, entry.key
{%- endmacro %}
