{{ config(materialized='ephemeral') }}

-- What the figure must reach: not less than bound_low, not more than bound_high.
with base as (
    select
        period.*,
        reading.value,
        coalesce(reading.known_month, period.period_month) as known_month,
        -- A share that is reported is one of its reference; a distance is one from it.
        case
            when period.is_reported and period.reference_indicator_code is null
                then case when period.target_unit = 'pct' then 100 else 0 end
            else reading.reference_value
        end as reference_value,
        coalesce(reading.year_before_value, reading.month_before_value) as earlier_value,
        coalesce(
            case when period.periodicity <> 'by_end' then reading.year_before_value end,
            period.baseline_value,
            case when period.periodicity = 'by_end' then reading.first_value end
        ) as growth_base,
        -- From a baseline on, the growth of each year comes on top of that of the year before.
        case
            when period.periodicity = 'by_end' or reading.year_before_value is not null then 1
            else greatest(
                extract(year from period.period_month) - extract(year from period.baseline_date), 1
            )
        end as growth_steps,
        coalesce(period.baseline_value, reading.first_value) as start_value,
        coalesce(
            period.baseline_date, (reading.first_month + interval '1 month')::date - 1
        ) as start_date
    from {{ ref('int_target_periods') }} as period
    left join {{ ref('int_target_values') }} as reading
        on
            period.target_id = reading.target_id
            and period.region_code = reading.region_code
            and period.period_month = reading.period_month
),

levelled as (
    select
        *,
        case
            -- An office reports the growth itself.
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
        -- A day of the month is one not to be later than, whatever the comparator.
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
