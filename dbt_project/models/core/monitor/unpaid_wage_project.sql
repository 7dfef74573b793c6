with unpaid as (
    select
        project_code,
        township_code,
        count(distinct person_token) as persons,
        sum(amount_due_fen - amount_paid_fen) * 0.01 as amount_yuan,
        min(due_date) as due_on,
        case when min(employer_token) = max(employer_token) then min(employer_token) end
            as employer_token
    from {{ ref('wage_payment_record') }}
    where
        is_current
        and is_unpaid
        and project_code is not null
        and due_date <= {{ as_of_date() }}
    group by project_code, township_code
)

select
    {{ action(
        'unpaid_wage_project',
        subject='project_code',
        project='project_code',
        employer='employer_token',
        opened_on='due_on',
        due_on='due_on',
        persons='persons',
        amount_yuan='amount_yuan',
        reason="case
            when sum(persons) over (partition by project_code) >= 10 then 'group_arrears'
            else 'arrears'
        end",
    ) }}
from unpaid
