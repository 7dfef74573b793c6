{{ config(meta={'touched': 'touched_month'}) }}

-- Every column measure__population of the models of a month becomes a row, unless it is zero.
{% for month_model in [
    'employment_month', 'newly_employed_month', 'graduate_class_month', 'labour_household_month',
    'post_retention_month', 'insured_month',
    'contribution_month', 'insurance_due_month', 'wage_payment_month', 'project_month',
] -%}
select
    month.township_code,
    month.period_month,
    split_part(entry.key, '__', 2) as population,
    split_part(entry.key, '__', 1) as measure,
    entry.value::numeric as value
from {{ ref(month_model) }} as month
{%- if touched_only() %}
inner join {{ ref('touched_month') }} as touched
    on month.township_code = touched.township_code and month.period_month = touched.period_month
{%- endif %}
cross join jsonb_each_text(to_jsonb(month) - '{township_code, period_month}'::text[]) as entry
where entry.value::numeric <> 0
{{ 'union all' if not loop.last }}
{% endfor %}
