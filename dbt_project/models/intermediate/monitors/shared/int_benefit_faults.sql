-- Pensions and unemployment benefits due by the as-of date that were not paid as they were due.
with payment as (
    select
        *,
        case
            when benefit_due_fen = 0 and benefit_paid_fen > 0 then 'not_entitled'
            when benefit_paid_fen > benefit_due_fen then 'overpaid'
            when benefit_paid_fen = 0 and benefit_due_fen > 0 then 'late'
            when benefit_paid_fen < benefit_due_fen then 'short'
        end as fault
    from {{ ref('int_social_insurance_records') }}
    where
        is_current
        and record_kind = 'benefit'
        and insurance_type in ('employee_pension', 'resident_pension', 'unemployment')
        and due_date <= {{ as_of_date() }}
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
)

select
    fault,
    person_token,
    township_code,
    insurance_type,
    min(due_date) as due_on,
    sum(abs(benefit_due_fen - benefit_paid_fen)) * 0.01 as amount_yuan
from payment
where fault is not null
group by fault, person_token, township_code, insurance_type
