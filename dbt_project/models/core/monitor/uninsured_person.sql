{%- set pensions = "('employee_pension', 'resident_pension')" %}
-- In the labour force, never entitled to a pension, and no contribution covers the month before the
-- as-of month or a later one.
with registered as (
    select *
    from {{ ref('employment_spell') }}
    where
        status in ('employed', 'unemployed')
        and {{ as_of_date() }} between effective_date and last_date
        and {{ is_listed_person() }}
),

-- Looked up person by person: the planner cannot know how few are left.
insured as (
    select
        registered.*,
        known.registered_on,
        pension.covered_until
    from registered
    cross join
        lateral (
            select max(spell.covered_until) as covered_until
            from {{ ref('insured_spell') }} as spell
            where
                spell.person_token = registered.person_token
                and spell.insurance_type in {{ pensions }}
        ) as pension
    cross join
        lateral (
            select min(spell.effective_date) as registered_on
            from {{ ref('employment_spell') }} as spell
            where
                spell.person_token = registered.person_token
                and spell.status in ('employed', 'unemployed')
        ) as known
    where coalesce(pension.covered_until, date '-infinity') <= {{ last_seen_month() }}
)

select
    {{ action(
        'uninsured_person',
        subject='insured.person_token',
        region='insured.township_code',
        person='insured.person_token',
        household='insured.household_token',
        opened_on='greatest(insured.registered_on, insured.covered_until)',
        reason="case when insured.covered_until is null then 'never_insured' else 'lapsed' end",
    ) }}
from insured
where
    not exists (
        select 1
        from {{ ref('social_insurance_record') }} as pension
        where
            pension.person_token = insured.person_token
            and pension.is_current
            and pension.record_kind = 'benefit'
            and pension.insurance_type in {{ pensions }}
            and pension.benefit_due_fen > 0
    )
