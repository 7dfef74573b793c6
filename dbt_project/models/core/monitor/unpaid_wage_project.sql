with unpaid as (
    select *
    from {{ ref('wage_payment_record') }}
    where
        is_current
        and is_unpaid
        and {{ is_listed_project() }}
        and project_code is not null
        and due_date <= {{ as_of_date() }}
),

project as (
    select
        project_code,
        count(distinct person_token) as persons
    from unpaid
    group by project_code
),

site as (
    select
        project_code,
        township_code,
        count(distinct person_token) as persons,
        sum(amount_due_fen - amount_paid_fen) * 0.01 as amount_yuan,
        min(due_date) as due_on,
        case when min(employer_token) = max(employer_token) then min(employer_token) end
            as employer_token
    from unpaid
    group by project_code, township_code
)

select
    {{ action(
        'unpaid_wage_project',
        subject='site.project_code',
        region='site.township_code',
        project='site.project_code',
        employer='site.employer_token',
        opened_on='site.due_on',
        due_on='site.due_on',
        persons='site.persons',
        amount_yuan='site.amount_yuan',
        reason="case when project.persons >= 10 then 'group_arrears' else 'arrears' end",
    ) }}
from site
inner join project on site.project_code = project.project_code
