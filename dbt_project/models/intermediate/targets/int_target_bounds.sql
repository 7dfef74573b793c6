{{ config(materialized='ephemeral') }}

-- A target is met by a value of at least bound_low and at most bound_high.
with base as (
    select
        period.*,
        period_value.value,
        coalesce(period_value.known_month, period.period_month) as known_month,
        -- A reported share is a percentage of its reference; a reported distance is from zero.
        case
            when period.is_reported and period.reference_indicator_code is null
                then case when period.target_unit = 'pct' then 100 else 0 end
            else period_value.reference_value
        end as reference_value,
        coalesce(period_value.year_before_value, period_value.month_before_value) as earlier_value,
        coalesce(
            case when period.periodicity <> 'by_end' then period_value.year_before_value end,
            period.baseline_value,
            case when period.periodicity = 'by_end' then period_value.first_value end
        ) as growth_base,
        -- From a baseline on, growth accumulates year by year.
        case
            when period.periodicity = 'by_end' or period_value.year_before_value is not null then 1
            else greatest(
                extract(year from period.period_month) - extract(year from period.baseline_date), 1
            )
        end as growth_steps,
        coalesce(period.baseline_value, period_value.first_value) as start_value,
        coalesce(
            period.baseline_date, (period_value.first_month + interval '1 month')::date - 1
        ) as start_date
    from {{ ref('int_target_periods') }} as period
    left join {{ ref('int_target_values') }} as period_value
        on
            period.target_id = period_value.target_id
            and period.region_code = period_value.region_code
            and period.period_month = period_value.period_month
),

levelled as (
    select
        *,
        case
            -- Offices report the growth itself.
            when comparator = 'growth' and is_reported then target_value
            when comparator = 'growth' and target_unit = 'pct'
                then growth_base * power(1 + target_value / 100, growth_steps)
            when comparator = 'growth' then growth_base + target_value * growth_steps
            when comparator = 'relative' and target_unit = 'pct'
                then reference_value * coalesce(target_value, 100) / 100
            when comparator = 'relative' then reference_value + coalesce(target_value, 0)
            when comparator = 'trend' then earlier_value
            else target_value
        end as level,
        comparator in ('growth', 'relative', 'trend') as is_comparison,
        -- A day of the month is a deadline for every comparator.
        target_unit = 'day_of_month' as is_deadline
    from base
)

select
    *,
    round(
        case
            when is_deadline then null
            when comparator in ('>=', '=', 'between') then level
            when is_comparison and direction <> 'down' then level
        end, 4
    ) as bound_low,
    round(
        case
            when is_deadline then coalesce(target_value_high, level)
            when comparator in ('<=', '=') then level
            when comparator = 'between' then target_value_high
            when is_comparison and direction = 'down' then level
        end, 4
    ) as bound_high
from levelled
