{{ config(materialized='ephemeral') }}

-- What the figure should have reached by now, on the way to its bounds.
with progressed as (
    select
        bound.*,
        share.elapsed_share,
        case
            when bound.row_date <= bound.start_date then 0
            when bound.row_date >= bound.window_end then 1
            else
                (bound.row_date - bound.start_date)::numeric
                / (bound.window_end - bound.start_date)
        end as path_share,
        -- Percentages compound; anything else grows by equal steps.
        bound.comparator = 'growth'
        and bound.target_unit = 'pct'
        and bound.start_value > 0
        and bound.target_value > -100 as is_compound
    from {{ ref('target_bound') }} as bound
    left join {{ ref('target_share') }} as share
        on
            bound.target_id = share.target_id
            and bound.region_code = share.region_code
            and bound.period_month = share.period_month
)

select
    *,
    round(
        case
            -- A figure that began beyond its bound need not stay there, only not fall below it.
            when periodicity = 'by_end'
                then least(bound_low, {{ on_path('bound_low') }})
            when is_sum then bound_low * elapsed_share
            else bound_low
        end, 4
    ) as expected_low,
    round(
        case
            when periodicity = 'by_end'
                then greatest(bound_high, {{ on_path('bound_high') }})
            -- An upper limit alone is used up over the period; beside a lower one it is a ceiling.
            when is_sum and bound_low is null then bound_high * elapsed_share
            else bound_high
        end, 4
    ) as expected_high
from progressed
