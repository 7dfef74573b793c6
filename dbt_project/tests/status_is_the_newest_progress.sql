{{ config(tags=['keys']) }}

-- The status of a target is its row of target_progress in its latest month, in each region.
with expected as (
    select
        progress.target_id,
        progress.region_code,
        progress.period_month,
        progress.status,
        progress.status_since,
        progress.value,
        progress.target_value,
        progress.target_value_high,
        progress.gap,
        progress.unit,
        progress.is_part,
        progress.note
    from {{ ref('target_progress') }} as progress
    where
        not exists (
            select 1
            from {{ ref('target_progress') }} as later
            where
                later.target_id = progress.target_id
                and later.region_code = progress.region_code
                and later.period_month > progress.period_month
        )
),

actual as (
    select
        target_id,
        region_code,
        period_month,
        status,
        status_since,
        value,
        target_value,
        target_value_high,
        gap,
        unit,
        is_part,
        note
    from {{ ref('target_status') }}
)

(select * from expected except all select * from actual)
union all
(select * from actual except all select * from expected)
