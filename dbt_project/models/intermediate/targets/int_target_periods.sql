{{ config(materialized='ephemeral') }}

-- Each month of a target, the day it is judged on, and the period it is judged over. A target that
-- has not started has the month of the as-of date, so that every target has a row.
with months as (
    select
        scope.*,
        first_day.first_day::date as period_month,
        (first_day.first_day + interval '1 month')::date - 1 as month_end
    from {{ ref('int_target_scopes') }} as scope
    cross join
        generate_series(
            date_trunc('month', least(scope.first_date, {{ as_of_date() }})),
            least(scope.ends_on, {{ as_of_date() }}),
            interval '1 month'
        ) as first_day (first_day)
    where {{ is_changed(
            'target_progress', 'int_changed_targets', ['target_id', 'region_code']
        ) }}
),

judged as (
    select
        *,
        least(month_end, {{ as_of_date() }}) as row_date,
        case
            when periodicity in ('cumulative', 'by_end') then starts_on
            when periodicity = 'annual'
                then greatest(starts_on, date_trunc('year', period_month)::date)
            else period_month
        end as window_start,
        case
            when periodicity in ('cumulative', 'by_end') then ends_on
            when periodicity = 'annual'
                then least(
                    ends_on,
                    make_date(extract(year from greatest(period_month, starts_on))::integer, 12, 31)
                )
            else month_end
        end as window_end
    from months
)

select
    *,
    row_date >= window_end as is_over,
    row_date >= first_date as has_begun
from judged
