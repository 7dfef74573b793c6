{{ config(materialized='ephemeral') }}

-- A report is requested from the first day of its quarter.
select
    deadlines.plan_id,
    targets.owner as office,
    deadlines.period_end_date,
    deadlines.due_date,
    deadlines.section,
    scope.target_id,
    scope.region_code,
    date_trunc('month', deadlines.period_end_date)::date as period_month,
    (deadlines.due_date + 1)::timestamp at time zone 'Asia/Shanghai' as cut_off
from {{ ref('report_deadlines') }} as deadlines
inner join {{ ref('int_target_scopes') }} as scope on deadlines.plan_id = scope.plan_id
inner join {{ ref('targets') }} as targets on scope.target_id = targets.target_id
where
    scope.is_reported
    and scope.target_id = scope.value_code
    and not scope.is_part
    and scope.starts_on <= deadlines.period_end_date
    and scope.ends_on >= date_trunc('month', deadlines.period_end_date)
    and (deadlines.period_end_date + 1 - interval '3 months')::date <= {{ as_of_date() }}
