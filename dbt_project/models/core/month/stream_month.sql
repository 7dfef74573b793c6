{{ config(meta={'touched': 'touched_month'}) }}

-- Where a stream has a record, a count of zero is a figure; elsewhere nothing is known.
{% for stream, month_model in [
    ('employment', 'employment_month'),
    ('employment', 'newly_employed_month'),
    ('social_insurance', 'contribution_month'),
    ('social_insurance', 'insurance_due_month'),
    ('wage_payment', 'wage_payment_month'),
] -%}
select
    '{{ stream }}' as stream,
    month.township_code,
    month.period_month
from {{ ref(month_model) }} as month
{%- if touched_only() %}
inner join {{ ref('touched_month') }} as touched
    on month.township_code = touched.township_code and month.period_month = touched.period_month
{%- endif %}
{{ 'union' if not loop.last }}
{% endfor %}
