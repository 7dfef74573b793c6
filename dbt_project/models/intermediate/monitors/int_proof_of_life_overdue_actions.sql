-- Pensioners who still receive a pension more than a year after their last proof of life. Persons
-- without a recorded proof are not listed.
with pensioner as (
    select
        person_token,
        township_code,
        max(due_month) as last_due_month,
        max(last_proof_of_life_date) as proven_on,
        max(benefit_due_fen) * 0.01 as amount_yuan
    from {{ ref('int_social_insurance_records') }}
    where
        is_current
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
        and record_kind = 'benefit'
        and insurance_type in ('employee_pension', 'resident_pension')
        and benefit_due_fen > 0
        and {{ is_due() }}
    group by person_token, township_code
)

select
    'proof_of_life_overdue' as monitor_code,
    person_token as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    null::text as employer_token,
    null::text as project_code,
    (proven_on + interval '1 year' + interval '1 day')::date as opened_on,
    (proven_on + interval '1 year')::date as due_on,
    1::bigint as persons,
    amount_yuan,
    null::text as reason_code
from pensioner
where
    last_due_month >= {{ last_seen_month() }}
    and proven_on + interval '1 year' < {{ as_of_date() }}
