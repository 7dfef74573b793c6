{{ config(materialized='ephemeral') }}

with judged as (
    select
        *,
        value >= coalesce(bound_low, '-infinity') and value <= coalesce(bound_high, 'infinity')
            as is_reached,
        value >= coalesce(expected_low, '-infinity')
        and value <= coalesce(expected_high, 'infinity') as is_expected,
        -- A sum with a lower bound only cannot fall below it again.
        (is_sum or is_running_sum)
        and periodicity in ('cumulative', 'annual')
        and comparator <> 'relative'
        and bound_high is null as is_final
    from {{ ref('int_target_expected') }}
),

verdict as (
    select
        *,
        case
            when not_measurable_reason is not null then 'not_measurable'
            when not has_begun then 'not_started'
            when value is null or coalesce(bound_low, bound_high) is null then 'no_data'
            when is_reached and (is_over or is_final) then 'met'
            when is_over then 'missed'
            when is_expected then 'on_track'
            else 'behind'
        end as status
    from judged
),

run as (
    select
        *,
        -- The difference of the two ranks is constant within an unbroken run of a status.
        row_number() over (partition by target_id, region_code order by period_month)
        - row_number() over (partition by target_id, region_code, status order by period_month)
            as run_number
    from verdict
)

select
    *,
    min(period_month) over (partition by target_id, region_code, status, run_number) as status_since
from run
