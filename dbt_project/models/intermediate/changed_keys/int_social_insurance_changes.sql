{{ config(materialized='ephemeral') }}

with changed as (
    select distinct
        township_code,
        period_month,
        period_until,
        due_month
    from {{ ref('int_social_insurance_records') }}
    where
        {{ changed_since_checkpoint('social_insurance') }}
        or {{ reached_between_builds(['paid_date']) }}
)

select distinct
    period.township_code,
    period.period_month
from changed
inner join {{ ref('int_township_periods') }} as period
    on
        changed.township_code = period.township_code
        and (
            changed.due_month = period.period_month
            or (
                changed.period_month <= period.period_month
                and changed.period_until > period.period_month
            )
        )
