{%- set first_dates = {
    'employment': 'effective_date',
    'social_insurance': 'period_month',
    'wage_payment': 'wage_month',
    'training': 'started_date',
} -%}
-- Persons with a changed record, and the first day that may differ.
{% for stream, first_date in first_dates.items() -%}
select
    '{{ stream }}' as stream,
    person_token,
    min({{ first_date }}) as first_date
from {{ ref('int_' ~ stream ~ '_records') }}
where
    {{ changed_since_checkpoint(stream) }}
    {%- if stream == 'social_insurance' %}
    or {{ reached_between_builds(['paid_date']) }}
    {%- endif %}
group by person_token
{{ 'union all' if not loop.last }}
{% endfor %}
