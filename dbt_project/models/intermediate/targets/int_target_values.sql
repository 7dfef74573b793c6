with periods as (
    select
        *,
        date_trunc('month', window_start) as first_month,
        date_trunc('month', window_end) as last_month
    from {{ ref('int_target_periods') }}
),

wanted as (
    select
        *,
        'value' as reading,
        series_code as wanted_code,
        series_population as wanted_population,
        first_month as from_month,
        period_month as until_month
    from periods

    union all

    select
        *,
        'reference' as reading,
        reference_indicator_code as wanted_code,
        reference_population as wanted_population,
        first_month as from_month,
        period_month as until_month
    from periods
    where comparator = 'relative'

    union all

    -- A sum is compared with the whole period a year before, a level with the same month of it.
    select
        *,
        'year_before' as reading,
        series_code as wanted_code,
        series_population as wanted_population,
        case when is_sum then first_month else period_month end - interval '1 year' as from_month,
        case when is_sum then last_month else period_month end - interval '1 year' as until_month
    from periods
    where comparator in ('growth', 'trend')

    union all

    select
        *,
        'month_before' as reading,
        series_code as wanted_code,
        series_population as wanted_population,
        period_month - interval '1 month' as from_month,
        period_month - interval '1 month' as until_month
    from periods
    where
        comparator = 'trend'
        -- A report holds for months, and a month after itself would be compared with itself.
        and not is_reported
        and (not is_sum or periodicity in ('monthly', 'continuous'))
),

-- Found first: the planner would rather walk through the figures of all regions in order.
figure as materialized (
    select * from {{ ref('int_value_months') }}
    where {{ is_changed('target_progress', 'int_changed_targets', ['region_code']) }}
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
        min(figure.period_month) as first_month,
        max(figure.known_month) as known_month
    from wanted
    inner join figure
        on
            wanted.wanted_code = figure.indicator_code
            and wanted.wanted_population = figure.population
            and wanted.region_code = figure.region_code
            and figure.period_month between wanted.from_month and wanted.until_month
    group by
        wanted.target_id, wanted.region_code, wanted.period_month, wanted.reading, wanted.is_sum,
        wanted.from_month, wanted.until_month
    -- What lies a year back is a measure of today's sum only if all its months are known.
    having
        wanted.reading <> 'year_before'
        or count(*) = 1 + extract(year from age(wanted.until_month, wanted.from_month)) * 12
        + extract(month from age(wanted.until_month, wanted.from_month))
)

select
    target_id,
    region_code,
    period_month,
    max(value) filter (where reading = 'value') as value,
    max(first_value) filter (where reading = 'value') as first_value,
    max(first_month) filter (where reading = 'value') as first_month,
    max(known_month) filter (where reading = 'value') as known_month,
    max(value) filter (where reading = 'reference') as reference_value,
    max(value) filter (where reading = 'year_before') as year_before_value,
    max(value) filter (where reading = 'month_before') as month_before_value
from reading
group by target_id, region_code, period_month
