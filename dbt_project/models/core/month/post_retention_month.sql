{{ config(meta={'touched': 'employment_touched'}) }}

with alike as (
    select
        township_code,
        {{ first_month_of_spell() }} as first_month,
        {{ last_month_of_spell() }} as last_month,
        count(*) as persons
    from {{ ref('employment_spell') }}
    where
        status = 'employed'
        and employer_kind = 'enterprise'
        and effective_date <= {{ as_of_date() }}
    {%- if touched_only() %}
        and township_code in (select township_code from {{ ref('employment_touched') }})
    {%- endif %}
    group by 1, 2, 3
)

-- Of the enterprise posts held at the end of the month before, those still held at the end of this one.
select
    period.township_code,
    period.period_month,
    {{ measure('enterprise_post_persons', 'true', aggregate='sum(alike.persons)') }},
    {{ measure(
        'retained_post_persons', 'alike.last_month >= period.period_month',
        aggregate='sum(alike.persons)'
    ) }}
from {{ ref('township_period') }} as period
{%- if touched_only() %}
inner join {{ ref('employment_touched') }} as touched
    on
        period.township_code = touched.township_code
        and period.period_month = touched.period_month
{%- endif %}
inner join alike
    on
        period.township_code = alike.township_code
        and period.previous_end >= alike.first_month
        and period.previous_end <= (alike.last_month + interval '1 month')::date - 1
group by period.township_code, period.period_month
