with project_wage_month as (
    -- The payroll repeats what is true of a project on each of its rows.
    select
        record.township_code,
        record.due_month as period_month,
        record.project_kind,
        record.project_code,
        bool_and(record.is_project_registered) as is_registered,
        max(record.project_investment_fen) as investment_fen
    from {{ ref('wage_payment_record') }} as record
    inner join {{ ref('township_period') }} as period
        on record.township_code = period.township_code and record.due_month = period.period_month
    where
        record.is_current
        and record.due_date <= period.period_end
        and record.project_code is not null
        and {{ is_touched_month('wage_payment', 'record.township_code', 'record.due_month') }}
    group by
        record.township_code, record.due_month, record.project_kind, record.project_code,
        record.wage_month
),

project as (
    select
        township_code,
        period_month,
        project_kind,
        project_code,
        bool_and(is_registered) as is_registered,
        sum(investment_fen) as investment_fen
    from project_wage_month
    group by township_code, period_month, project_kind, project_code
)

select
    township_code,
    period_month,
    {{ measure('construction_projects', "project_kind = 'construction'") }},
    {{ measure('registered_projects', "project_kind = 'construction' and is_registered") }},
    {{ measure(
        'work_relief_investment_yuan', "project_kind = 'work_relief'",
        aggregate='0.01 * sum(investment_fen)'
    ) }}
from project
group by township_code, period_month
