{{ config(materialized='ephemeral') }}

with changed as (
    select distinct
        township_code,
        period_month,
        period_until,
        due_month
    from {{ ref('social_insurance_record') }}
    where {{ touched_since_chain_end('social_insurance') }}
)

select distinct
    period.township_code,
    period.period_month
from changed
inner join {{ ref('township_period') }} as period
    on
        changed.township_code = period.township_code
        and (
            changed.due_month = period.period_month
            or (
                changed.period_month <= period.period_month
                and changed.period_until > period.period_month
            )
        )
