with grouped as (
    select
        township_code,
        {{ first_month_of_spell() }} as first_month,
        {{ last_month_of_spell() }} as last_month,
        count(*) as persons
    from {{ ref('int_employment_spells') }}
    where
        status = 'employed'
        and employer_kind = 'enterprise'
        and effective_date <= {{ as_of_date() }}
        and {{ is_changed(
            'int_employment_measures', 'int_changed_months', ['township_code'], stream='employment'
        ) }}
    group by
        township_code,
        {{ first_month_of_spell() }},
        {{ last_month_of_spell() }}
)

-- Enterprise posts at the end of the month before, and those that still exist a month later.
select
    period.township_code,
    period.period_month,
    {{ measure('enterprise_post_persons', 'true', aggregate='sum(grouped.persons)') }},
    {{ measure(
        'retained_post_persons', 'grouped.last_month >= period.period_month',
        aggregate='sum(grouped.persons)'
    ) }}
from {{ ref('int_township_periods') }} as period
inner join grouped
    on
        period.township_code = grouped.township_code
        and period.month_before between grouped.first_month and grouped.last_month
where {{ is_changed(
        'int_employment_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='employment'
    ) }}
group by period.township_code, period.period_month
