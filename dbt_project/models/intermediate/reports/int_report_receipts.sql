{{ config(materialized='ephemeral') }}

-- The version of a report that counts is its last before the cut-off; the first after it is late.
with version as (
    select
        due.*,
        record.operation,
        record.is_current,
        record.submitted_at,
        record.submitted_at < due.cut_off as is_in_time,
        row_number() over (
            partition by
                due.target_id, due.region_code, due.due_date, record.record_id,
                record.source_system, record.submitted_at < due.cut_off
            order by record.revision desc, record.submitted_at desc
        ) as latest
    from {{ ref('int_due_reports') }} as due
    left join {{ ref('int_reported_figure_records') }} as record
        on
            due.target_id = record.figure_code
            and due.region_code = record.region_code
            and due.period_month = record.period_month
            and record.submitted_at
            < ({{ as_of_date() }} + 1)::timestamp at time zone 'Asia/Shanghai'
)

select
    plan_id,
    office,
    period_end_date,
    due_date,
    section,
    target_id,
    region_code,
    max(submitted_at) filter (
        where is_in_time and latest = 1 and operation <> 'withdraw'
    ) as in_time_at,
    min(submitted_at) filter (where not is_in_time and is_current) as late_at
from version
group by plan_id, office, period_end_date, due_date, section, target_id, region_code
