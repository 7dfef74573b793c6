-- A target applies to its region and, where the plan demands it, to each township of the region.
with targets as (
    select
        *,
        coalesce(measured_by = 'reported_figure', false) as is_reported
    from {{ ref('targets') }}
)

select
    targets.target_id,
    targets.plan_id,
    ancestors.region_code,
    ancestors.depth > 0 as is_part,
    targets.indicator_code,
    coalesce(targets.population, 'all') as population,
    targets.is_reported,
    -- A duplicate is reported once, under the code of the first target.
    case
        when targets.is_reported then coalesce(targets.duplicate_of, targets.target_id)
        else targets.indicator_code
    end as value_code,
    case when targets.is_reported then 'all' else coalesce(targets.population, 'all') end
        as value_population,
    indicators.unit as indicator_unit,
    coalesce(indicators.direction, targets.direction) as direction,
    -- A flow is summed over the period of its target; of other kinds the latest value counts.
    coalesce(indicators.kind = 'flow' and targets.periodicity <> 'by_end', false) as is_sum,
    -- Offices report running sums, except for shares and days of the month.
    targets.is_reported
    and targets.periodicity in ('cumulative', 'annual')
    and targets.comparator in ('>=', '<=', '=', 'between')
    and targets.unit not in ('pct', 'percentage_points', 'ratio', 'day_of_month')
        as is_running_sum,
    targets.periodicity,
    targets.comparator,
    targets.value as target_value,
    targets.value_high as target_value_high,
    targets.unit as target_unit,
    coalesce(targets.reference_indicator_code, targets.indicator_code) as reference_indicator_code,
    coalesce(targets.reference_population, targets.population, 'all') as reference_population,
    greatest(targets.starts_on, plans.monitor_from) as first_date,
    targets.starts_on,
    targets.ends_on,
    baseline.value as baseline_value,
    baseline.period as baseline_date,
    targets.not_measurable_reason,
    targets.note
from targets
inner join {{ ref('plans') }} as plans on targets.plan_id = plans.plan_id
inner join {{ ref('int_region_ancestors') }} as ancestors
    on
        targets.region_code = ancestors.ancestor_code
        and (ancestors.depth = 0 or (targets.applies_to_parts and ancestors.level = 'township'))
left join {{ ref('indicators') }} as indicators
    on targets.indicator_code = indicators.indicator_code
left join lateral (
    select
        baselines.value,
        baselines.period
    from {{ ref('baselines') }} as baselines
    where
        baselines.plan_id = targets.plan_id
        and baselines.indicator_code = targets.indicator_code
        and baselines.region_code = ancestors.region_code
        and baselines.population = coalesce(targets.population, 'all')
    order by abs(baselines.period - targets.starts_on)
    limit 1
) as baseline on true
