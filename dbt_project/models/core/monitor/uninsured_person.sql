{%- set pensions = "('employee_pension', 'resident_pension')" %}
-- In the labour force, never entitled to a pension, and no contribution covers the month before the
-- as-of month or a later one.
with registered as (
    select
        *,
        min(effective_date) over (partition by person_token) as registered_on
    from {{ ref('employment_spell') }}
    where
        status in ('employed', 'unemployed')
        and effective_date <= {{ as_of_date() }}
        and {{ is_person_listed_anew() }}
),

insured as (
    select
        person_token,
        max(covered_until) as covered_until
    from {{ ref('insured_spell') }}
    where insurance_type in {{ pensions }} and {{ is_person_listed_anew() }}
    group by person_token
),

pensioner as (
    select distinct person_token
    from {{ ref('social_insurance_record') }}
    where
        is_current
        and record_kind = 'benefit'
        and insurance_type in {{ pensions }}
        and benefit_due_fen > 0
        and {{ is_person_listed_anew() }}
)

select
    {{ action(
        'uninsured_person',
        subject='registered.person_token',
        region='registered.township_code',
        person='registered.person_token',
        household='registered.household_token',
        opened_on='greatest(registered.registered_on, insured.covered_until)',
        reason="case when insured.covered_until is null then 'never_insured' else 'lapsed' end",
    ) }}
from registered
left join insured on registered.person_token = insured.person_token
left join pensioner on registered.person_token = pensioner.person_token
where
    registered.last_date >= {{ as_of_date() }}
    and pensioner.person_token is null
    and coalesce(insured.covered_until, date '-infinity') <= {{ last_seen_month() }}
