with record as (
    {{ due_records('wage_payment') }}
),

project_wage_month as (
    -- Each row of a payroll repeats the attributes of its project.
    select
        township_code,
        due_month,
        project_kind,
        project_code,
        bool_and(is_project_registered) as is_registered,
        max(project_investment_fen) as investment_fen
    from record
    where project_code is not null
    group by township_code, due_month, project_kind, project_code, wage_month
),

project as (
    select
        township_code,
        due_month,
        project_kind,
        project_code,
        bool_and(is_registered) as is_registered,
        sum(investment_fen) as investment_fen
    from project_wage_month
    group by township_code, due_month, project_kind, project_code
)

select
    township_code,
    due_month as period_month,
    {{ measure('construction_projects', "project_kind = 'construction'") }},
    {{ measure('registered_projects', "project_kind = 'construction' and is_registered") }},
    {{ measure(
        'work_relief_investment_yuan', "project_kind = 'work_relief'",
        aggregate='0.01 * sum(investment_fen)'
    ) }}
from project
group by township_code, due_month
