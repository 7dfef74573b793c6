with wanted as (
    select
        period.*,
        'value' as reading,
        period.indicator_code as series_code,
        period.population as series_population,
        date_trunc('month', period.window_start) as from_month,
        period.period_month as until_month,
        1 as months_needed
    from {{ ref('target_period') }} as period

    union all

    select
        period.*,
        'reference' as reading,
        period.reference_indicator_code as series_code,
        period.reference_population as series_population,
        date_trunc('month', period.window_start) as from_month,
        period.period_month as until_month,
        1 as months_needed
    from {{ ref('target_period') }} as period
    where period.comparator = 'relative'

    union all

    -- A sum is compared with the whole period a year before, if all its months are known.
    select
        period.*,
        'year_before' as reading,
        period.indicator_code as series_code,
        period.population as series_population,
        case when period.is_sum then date_trunc('month', period.window_start)
            else period.period_month end - interval '1 year' as from_month,
        case when period.is_sum then date_trunc('month', period.window_end)
            else period.period_month end - interval '1 year' as until_month,
        case when period.is_sum
            then 12 * (
                extract(year from period.window_end) - extract(year from period.window_start)
            ) + extract(month from period.window_end) - extract(month from period.window_start) + 1
            else 1
        end as months_needed
    from {{ ref('target_period') }} as period
    where period.comparator in ('growth', 'trend')

    union all

    select
        period.*,
        'month_before' as reading,
        period.indicator_code as series_code,
        period.population as series_population,
        period.period_month - interval '1 month' as from_month,
        period.period_month - interval '1 month' as until_month,
        1 as months_needed
    from {{ ref('target_period') }} as period
    where
        period.comparator = 'trend'
        and (not period.is_sum or period.periodicity in ('monthly', 'continuous'))
),

reading as (
    select
        wanted.target_id,
        wanted.region_code,
        wanted.period_month,
        wanted.reading,
        case
            when wanted.is_sum then sum(figure.value)
            else (array_agg(figure.value order by figure.period_month desc))[1]
        end as value,
        (array_agg(figure.value order by figure.period_month))[1] as first_value,
        min(figure.period_month) as first_month
    from wanted
    inner join {{ ref('indicator_month') }} as figure
        on
            wanted.series_code = figure.indicator_code
            and wanted.series_population = figure.population
            and wanted.region_code = figure.region_code
            and figure.period_month between wanted.from_month and wanted.until_month
    group by
        wanted.target_id, wanted.region_code, wanted.period_month, wanted.reading, wanted.is_sum,
        wanted.months_needed
    having count(*) >= wanted.months_needed
)

select
    target_id,
    region_code,
    period_month,
    max(value) filter (where reading = 'value') as value,
    max(first_value) filter (where reading = 'value') as first_value,
    max(first_month) filter (where reading = 'value') as first_month,
    max(value) filter (where reading = 'reference') as reference_value,
    max(value) filter (where reading = 'year_before') as year_before_value,
    max(value) filter (where reading = 'month_before') as month_before_value
from reading
group by target_id, region_code, period_month
