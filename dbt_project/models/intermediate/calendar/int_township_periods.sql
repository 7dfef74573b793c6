with monitored as (
    -- A township of several plans is monitored from the earliest of them.
    select
        ancestors.region_code as township_code,
        min(plans.monitor_from) as monitor_from
    from {{ ref('plans') }} as plans
    inner join {{ ref('int_region_ancestors') }} as ancestors
        on plans.region_code = ancestors.ancestor_code
    where ancestors.level = 'township'
    group by ancestors.region_code
),

months as (
    select
        monitored.township_code,
        first_day.first_day::date as period_month
    from monitored
    cross join generate_series(
        date_trunc('month', monitored.monitor_from), {{ as_of_date() }}, interval '1 month'
    ) as first_day (first_day)
)

select
    township_code,
    period_month,
    least((period_month + interval '1 month')::date - 1, {{ as_of_date() }}) as period_end,
    (period_month - interval '1 month')::date as month_before
from months
