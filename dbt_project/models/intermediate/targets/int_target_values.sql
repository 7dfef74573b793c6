with periods as (
    select
        *,
        date_trunc('month', window_start) as first_month,
        date_trunc('month', window_end) as last_month
    from {{ ref('int_target_periods') }}
),

lookup as (
    select
        *,
        'value' as role,
        value_code as lookup_code,
        value_population as lookup_population,
        first_month as from_month,
        period_month as until_month
    from periods

    union all

    select
        *,
        'reference' as role,
        reference_indicator_code as lookup_code,
        reference_population as lookup_population,
        first_month as from_month,
        period_month as until_month
    from periods
    where comparator = 'relative'

    union all

    -- A sum is compared with the whole period a year before, a level with the same month.
    select
        *,
        'year_before' as role,
        value_code as lookup_code,
        value_population as lookup_population,
        case when is_sum then first_month else period_month end - interval '1 year' as from_month,
        case when is_sum then last_month else period_month end - interval '1 year' as until_month
    from periods
    where comparator in ('growth', 'trend')

    union all

    select
        *,
        'month_before' as role,
        value_code as lookup_code,
        value_population as lookup_population,
        period_month - interval '1 month' as from_month,
        period_month - interval '1 month' as until_month
    from periods
    where
        comparator = 'trend'
        -- A report applies for months, and would be compared with itself.
        and not is_reported
        and (not is_sum or periodicity in ('monthly', 'continuous'))
),

-- Materialized, because the planner would otherwise scan the values of all regions in order.
monthly_value as materialized (
    select * from {{ ref('int_value_months') }}
    where {{ is_changed('target_progress', 'int_changed_targets', ['region_code']) }}
),

lookup_value as (
    select
        lookup.target_id,
        lookup.region_code,
        lookup.period_month,
        lookup.role,
        case
            when lookup.is_sum then sum(monthly_value.value)
            else (array_agg(monthly_value.value order by monthly_value.period_month desc))[1]
        end as value,
        (array_agg(monthly_value.value order by monthly_value.period_month))[1] as first_value,
        min(monthly_value.period_month) as first_month,
        max(monthly_value.known_month) as known_month
    from lookup
    inner join monthly_value
        on
            lookup.lookup_code = monthly_value.indicator_code
            and lookup.lookup_population = monthly_value.population
            and lookup.region_code = monthly_value.region_code
            and monthly_value.period_month between lookup.from_month and lookup.until_month
    group by
        lookup.target_id, lookup.region_code, lookup.period_month, lookup.role, lookup.is_sum,
        lookup.from_month, lookup.until_month
    -- The sum of a year before is comparable only if all its months are known.
    having
        lookup.role <> 'year_before'
        or count(*) = 1 + extract(year from age(lookup.until_month, lookup.from_month)) * 12
        + extract(month from age(lookup.until_month, lookup.from_month))
)

select
    target_id,
    region_code,
    period_month,
    max(value) filter (where role = 'value') as value,
    max(first_value) filter (where role = 'value') as first_value,
    max(first_month) filter (where role = 'value') as first_month,
    max(known_month) filter (where role = 'value') as known_month,
    max(value) filter (where role = 'reference') as reference_value,
    max(value) filter (where role = 'year_before') as year_before_value,
    max(value) filter (where role = 'month_before') as month_before_value
from lookup_value
group by target_id, region_code, period_month
