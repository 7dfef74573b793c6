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
        and {{ is_touched_township('employment') }}
    group by
        township_code,
        {{ first_month_of_spell() }},
        {{ last_month_of_spell() }}
)

-- Of the enterprise posts held at the end of the month before, those still held a month later.
select
    period.township_code,
    period.period_month,
    {{ measure('enterprise_post_persons', 'true', aggregate='sum(alike.persons)') }},
    {{ measure(
        'retained_post_persons', 'alike.last_month >= period.period_month',
        aggregate='sum(alike.persons)'
    ) }}
from {{ ref('township_period') }} as period
inner join alike
    on
        period.township_code = alike.township_code
        and period.month_before between alike.first_month and alike.last_month
where {{ is_touched_month('employment') }}
group by period.township_code, period.period_month
