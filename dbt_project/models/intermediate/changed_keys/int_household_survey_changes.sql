{{ config(materialized='ephemeral') }}

with changed as (
    select distinct
        township_code,
        quarter_month,
        counted_until
    from {{ ref('int_household_survey_records') }}
    where {{ changed_since_checkpoint('household_survey') }}
)

select distinct
    period.township_code,
    period.period_month
from changed
inner join {{ ref('int_township_periods') }} as period
    on
        changed.township_code = period.township_code
        and period.period_month between changed.quarter_month and changed.counted_until
where extract(month from period.period_month) in (3, 6, 9, 12)
