{{ config(materialized='ephemeral') }}

{%- set previous = "date '" ~ (as_of_watermark(incremental_checkpoint()) or '-infinity') ~ "'" %}

-- Months are cut off at the as-of date: when it changes, the month it was in and all later months
-- change.
with moved as (
    select
        date_trunc('month', least({{ previous }}, {{ as_of_date() }})) as first_month,
        date_trunc('month', greatest({{ previous }}, {{ as_of_date() }})) as last_month
    where {{ previous }} <> {{ as_of_date() }}
),

monitored as (
    select
        township_code,
        min(period_month) as first_month
    from {{ ref('int_township_periods') }}
    group by township_code
)

select
    monitored.township_code,
    month_start.month_start::date as period_month
from moved
cross join monitored
cross join generate_series(
    greatest(moved.first_month, monitored.first_month), moved.last_month, interval '1 month'
) as month_start (month_start)
