with unpaid as (
    select *
    from {{ ref('int_wages_in_arrears') }}
    where
        {{ is_changed(
            'int_project_actions', 'int_changed_projects', ['project_code']
        ) }}
        and project_code is not null
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
        sum(unpaid_fen) * 0.01 as amount_yuan,
        min(due_date) as due_on,
        case when min(employer_token) = max(employer_token) then min(employer_token) end
            as employer_token
    from unpaid
    group by project_code, township_code
)

select
    'unpaid_wage_project' as monitor_code,
    site.project_code as subject,
    site.township_code as region_code,
    null::text as person_token,
    null::text as household_token,
    site.employer_token,
    site.project_code,
    site.due_on as opened_on,
    site.due_on,
    site.persons,
    site.amount_yuan,
    case when project.persons >= 10 then 'group_arrears' else 'arrears' end as reason_code
from site
inner join project on site.project_code = project.project_code
