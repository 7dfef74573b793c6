-- By the monthly profile of last year where all twelve months are known, otherwise by days.
with profile as (
    select
        indicator_code,
        population,
        region_code,
        period_month,
        value,
        count(*) over same_year = 12 and sum(value) over same_year > 0 as is_complete
    from {{ ref('int_indicator_months') }}
    where {{ is_changed('target_progress', 'int_changed_targets', ['region_code']) }}
    window same_year as (
        partition by
            indicator_code, population, region_code, extract(year from period_month)
    )
),

month_of_window as (
    select
        period.*,
        greatest(first_day.first_day::date, period.window_start) as first_day,
        least((first_day.first_day + interval '1 month')::date - 1, period.window_end) as last_day,
        make_date(
            extract(year from period.period_month)::integer - 1,
            extract(month from first_day.first_day)::integer,
            1
        ) as profile_month
    from {{ ref('int_target_periods') }} as period
    cross join
        generate_series(
            date_trunc('month', period.window_start), period.window_end, interval '1 month'
        ) as first_day (first_day)
    where period.is_sum or period.is_running_sum
),

elapsed as (
    select
        *,
        last_day - first_day + 1 as days,
        least(greatest(row_date - first_day + 1, 0), last_day - first_day + 1) as days_elapsed
    from month_of_window
),

shares as (
    select
        elapsed.target_id,
        elapsed.region_code,
        elapsed.period_month,
        sum(elapsed.days_elapsed)::numeric / sum(elapsed.days) as share_of_days,
        sum(profile.value * elapsed.days_elapsed / elapsed.days)
        / nullif(sum(profile.value), 0) as share_of_profile
    from elapsed
    left join profile
        on
            elapsed.indicator_code = profile.indicator_code
            and elapsed.population = profile.population
            and elapsed.region_code = profile.region_code
            and elapsed.profile_month = profile.period_month
            and profile.is_complete
    group by elapsed.target_id, elapsed.region_code, elapsed.period_month
)

select
    target_id,
    region_code,
    period_month,
    coalesce(share_of_profile, share_of_days) as elapsed_share
from shares
