-- Pensioners who still draw a pension a year and more after they last proved to be alive; whose
-- records do not say when is not listed.
with drawing as (
    select
        person_token,
        township_code,
        max(due_month) as last_due_month,
        max(last_proof_of_life_date) as proven_on,
        max(benefit_due_fen) * 0.01 as amount_yuan
    from {{ ref('social_insurance_record') }}
    where
        is_current
        and {{ is_listed_person() }}
        and record_kind = 'benefit'
        and insurance_type in ('employee_pension', 'resident_pension')
        and benefit_due_fen > 0
        and due_date <= {{ as_of_date() }}
    group by person_token, township_code
)

select
    {{ action(
        'proof_of_life_overdue',
        subject='person_token',
        person='person_token',
        opened_on="proven_on + interval '1 year' + interval '1 day'",
        due_on="proven_on + interval '1 year'",
        amount_yuan='amount_yuan',
    ) }}
from drawing
where
    last_due_month >= {{ last_seen_month() }}
    and proven_on + interval '1 year' < {{ as_of_date() }}
