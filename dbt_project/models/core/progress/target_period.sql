{{ config(materialized='ephemeral') }}

-- Each month of a target, the day it is judged on, and the period that the judgement is about.
select
    scope.*,
    month.period_month,
    month.row_date,
    judged.window_start,
    judged.window_end,
    month.row_date >= judged.window_end as is_over
from {{ ref('target_scope') }} as scope
cross join generate_series(
    date_trunc('month', scope.first_date),
    least(scope.ends_on, {{ as_of_date() }}),
    interval '1 month'
) as month_start (month_start)
cross join lateral (
    select
        month_start.month_start::date as period_month,
        (month_start.month_start + interval '1 month')::date - 1 as month_end,
        least((month_start.month_start + interval '1 month')::date - 1, {{ as_of_date() }})
            as row_date
) as month
cross join lateral (
    select
        case
            when scope.periodicity in ('cumulative', 'by_end') then scope.starts_on
            when scope.periodicity = 'annual'
                then greatest(scope.starts_on, date_trunc('year', month.period_month)::date)
            else month.period_month
        end as window_start,
        case
            when scope.periodicity in ('cumulative', 'by_end') then scope.ends_on
            when scope.periodicity = 'annual'
                then least(
                    scope.ends_on,
                    (date_trunc('year', month.period_month) + interval '1 year')::date - 1
                )
            else month.month_end
        end as window_end
) as judged
