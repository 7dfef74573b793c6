{{ config(materialized='view', tags=['reference']) }}

select
    targets.target_id,
    targets.plan_id,
    targets.section,
    targets.statement_kind,
    targets.name_zh,
    targets.name_en,
    targets.indicator_code,
    targets.region_code,
    coalesce(targets.population, 'all') as population,
    targets.starts_on,
    targets.ends_on,
    targets.periodicity,
    targets.comparator,
    targets.value,
    targets.value_high,
    targets.unit,
    targets.reference_indicator_code,
    targets.reference_population,
    targets.basis,
    targets.is_approximate,
    targets.owner,
    targets.supporting,
    targets.applies_to_parts,
    targets.measured_by,
    coalesce(indicators.direction, targets.direction) as direction,
    targets.not_measurable_reason,
    targets.duplicate_of,
    -- The plan's own goals: a quantity in its section of goals, stated there first.
    targets.duplicate_of is null
    and targets.statement_kind in ('level', 'growth', 'relative', 'zero')
    and targets.section like plans.goals_section || '%' as is_headline,
    targets.quote_zh,
    targets.note
from {{ ref('targets') }} as targets
inner join {{ ref('plans') }} as plans on targets.plan_id = plans.plan_id
left join {{ ref('indicators') }} as indicators
    on targets.indicator_code = indicators.indicator_code
