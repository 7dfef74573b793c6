{{ config(materialized='ephemeral') }}

-- The bounds on the path to the target by the month that the value is of. Some levels are known by
-- quarter only, and a report applies until the next: neither falls behind in between.
with known as (
    select
        *,
        least(row_date, (known_month + interval '1 month')::date - 1) as known_date
    from {{ ref('int_target_bounds') }}
),

progressed as (
    select
        bound.*,
        share.elapsed_share,
        case
            when bound.known_date <= bound.start_date then 0
            when bound.known_date >= bound.window_end then 1
            else
                (bound.known_date - bound.start_date)::numeric
                / (bound.window_end - bound.start_date)
        end as path_share,
        -- Percentages compound; other growth is linear.
        bound.comparator = 'growth'
        and not bound.is_reported
        and bound.target_unit = 'pct'
        and bound.start_value > 0
        and bound.target_value > -100 as is_compound
    from known as bound
    left join {{ ref('int_target_shares') }} as share
        on
            bound.target_id = share.target_id
            and bound.region_code = share.region_code
            and case when bound.is_running_sum then bound.known_month else bound.period_month end
            = share.period_month
)

select
    *,
    round(
        case
            -- A value that started beyond its bound may fall back to it.
            when periodicity = 'by_end'
                then least(bound_low, {{ interpolate_to('bound_low') }})
            when is_sum or is_running_sum then bound_low * elapsed_share
            else bound_low
        end, 4
    ) as expected_low,
    round(
        case
            when periodicity = 'by_end'
                then greatest(bound_high, {{ interpolate_to('bound_high') }})
            -- An upper limit alone is a budget for the period; with a lower one it is a ceiling.
            when (is_sum or is_running_sum) and bound_low is null then bound_high * elapsed_share
            else bound_high
        end, 4
    ) as expected_high
from progressed
