-- Counted as in int_labour_household_months; open since a member was first unemployed after the
-- last employment in the household.
with household as (
    select
        township_code,
        household_token,
        count(*) as persons,
        bool_or(is_exited_poverty) as is_exited_poverty,
        bool_or(is_relocated) as is_relocated,
        bool_or(is_monitored) as is_monitored,
        bool_or(is_low_income) as is_low_income
    from {{ ref('int_employment_spells') }}
    where
        {{ as_of_date() }} between effective_date and last_date
        and status in ('employed', 'unemployed')
        and {{ is_changed(
            'int_household_actions', 'int_changed_households', ['household_token']
        ) }}
    group by township_code, household_token
    having not bool_or(status = 'employed')
),

past as (
    select
        household.*,
        spell.status,
        spell.effective_date,
        spell.last_date,
        max(spell.last_date) filter (where spell.status = 'employed') over (
            partition by household.township_code, household.household_token
        ) as last_worked_on
    from household
    inner join {{ ref('int_employment_spells') }} as spell
        on
            household.township_code = spell.township_code
            and household.household_token = spell.household_token
    where spell.effective_date <= {{ as_of_date() }}
)

select
    township_code,
    household_token,
    persons,
    is_exited_poverty,
    is_relocated,
    is_monitored,
    is_low_income,
    greatest(last_worked_on + 1, min(effective_date)) as opened_on,
    case when last_worked_on is null then 'no_work_recorded' else 'work_ended' end as reason_code
from past
where status = 'unemployed' and last_date > coalesce(last_worked_on, date '-infinity')
group by
    township_code, household_token, persons, is_exited_poverty, is_relocated, is_monitored,
    is_low_income, last_worked_on
