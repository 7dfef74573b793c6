with counted as (
    select
        plan_id,
        office,
        due_date,
        period_end_date,
        section,
        count(*) as figures_due,
        count(in_time_at) as figures_on_time,
        count(coalesce(in_time_at, late_at)) as figures_received,
        max(in_time_at) as submitted_at,
        max(coalesce(in_time_at, late_at)) as received_at
    from {{ ref('int_report_receipts') }}
    group by plan_id, office, due_date, period_end_date, section
),

judged as (
    select
        *,
        case
            when figures_on_time = figures_due then 'on_time'
            when figures_received = figures_due then 'late'
            when {{ as_of_date() }} <= due_date then 'pending'
            else 'missing'
        end as status
    from counted
)

select
    plan_id,
    office,
    due_date,
    period_end_date,
    section,
    figures_due,
    figures_on_time,
    figures_received,
    submitted_at,
    status,
    case status
        when 'late' then (received_at at time zone 'Asia/Shanghai')::date - due_date
        when 'missing' then {{ as_of_date() }} - due_date
    end as days_late
from judged
