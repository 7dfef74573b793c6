{%- set pensions = "('employee_pension', 'resident_pension')" %}
-- In the labour force, never entitled to a pension, and no contribution covers the month before the
-- as-of month or a later one.
with registered as (
    select *
    from {{ ref('int_employment_spells') }}
    where
        status in ('employed', 'unemployed')
        and {{ as_of_date() }} between effective_date and last_date
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
),

-- Lateral joins look up each person: the planner overestimates how many persons remain.
insured as (
    select
        registered.*,
        history.registered_on,
        pension.covered_until
    from registered
    cross join
        lateral (
            select max(spell.covered_until) as covered_until
            from {{ ref('int_insured_spells') }} as spell
            where
                spell.person_token = registered.person_token
                and spell.insurance_type in {{ pensions }}
        ) as pension
    cross join
        lateral (
            select min(spell.effective_date) as registered_on
            from {{ ref('int_employment_spells') }} as spell
            where
                spell.person_token = registered.person_token
                and spell.status in ('employed', 'unemployed')
        ) as history
    where coalesce(pension.covered_until, date '-infinity') <= {{ last_seen_month() }}
)

select
    'uninsured_person' as monitor_code,
    person_token as subject,
    township_code as region_code,
    person_token,
    household_token,
    null::text as employer_token,
    null::text as project_code,
    greatest(registered_on, covered_until) as opened_on,
    null::date as due_on,
    1::bigint as persons,
    null::numeric as amount_yuan,
    case when covered_until is null then 'never_insured' else 'lapsed' end as reason_code
from insured
where
    not exists (
        select 1
        from {{ ref('int_social_insurance_records') }} as pension
        where
            pension.person_token = insured.person_token
            and pension.is_current
            and pension.record_kind = 'benefit'
            and pension.insurance_type in {{ pensions }}
            and pension.benefit_due_fen > 0
    )
