-- Pensions and unemployment benefits due before the as-of date that were not paid as they were due.
with due as (
    select
        *,
        {{ paid_by_as_of('benefit_paid_fen') }} as paid_fen
    from {{ ref('int_social_insurance_records') }}
    where
        is_current
        and record_kind = 'benefit'
        and insurance_type in ('employee_pension', 'resident_pension', 'unemployment')
        and {{ is_due() }}
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
),

payment as (
    select
        *,
        case
            when benefit_due_fen = 0 and paid_fen > 0 then 'not_entitled'
            when paid_fen > benefit_due_fen then 'overpaid'
            when paid_fen = 0 and benefit_due_fen > 0 then 'late'
            when paid_fen < benefit_due_fen then 'short'
        end as fault
    from due
)

select
    fault,
    person_token,
    township_code,
    insurance_type,
    min(due_date) as due_on,
    sum(abs(benefit_due_fen - paid_fen)) * 0.01 as amount_yuan
from payment
where fault is not null
group by fault, person_token, township_code, insurance_type
