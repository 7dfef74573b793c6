{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    unique_key=['region_code', 'period_month'],
    meta={'changed_keys': 'int_changed_region_months'},
    indexes=[{'columns': ['region_code', 'indicator_code', 'population', 'period_month']}],
) }}

-- Indicators computed from indicators: a quotient, a multiple, or an index of several.
with quotient as (
    select
        above.region_code,
        above.period_month,
        composite.indicator_code,
        round(composite.factor * above.value / coalesce(below.value, 1), 4) as value,
        above.value as numerator,
        below.value as denominator,
        least(above.townships, below.townships) as townships
    from {{ ref('indicators') }} as composite
    inner join {{ ref('int_indicator_months') }} as above
        on
            composite.numerator_indicator = above.indicator_code
            and composite.numerator_population = above.population
    left join {{ ref('int_indicator_months') }} as below
        on
            composite.denominator_indicator = below.indicator_code
            and composite.denominator_population = below.population
            and above.region_code = below.region_code
            and above.period_month = below.period_month
    where
        (composite.denominator_indicator is null or below.value <> 0)
        and {{ is_changed(
            'int_composite_months', 'int_changed_region_months', ['above.region_code', 'above.period_month']
        ) }}
),

index_score as (
    -- Each part is scaled from 0 at its floor to its weight at its ceiling.
    select
        part.region_code,
        part.period_month,
        weights.index_code as indicator_code,
        sum(
            weights.weight * least(greatest(
                (part.value - weights.floor) / (weights.ceiling - weights.floor), 0
            ), 1)
        ) as score,
        sum(weights.weight) as weight,
        min(part.townships) as townships
    from {{ ref('index_weights') }} as weights
    inner join {{ ref('int_indicator_months') }} as part
        on
            weights.indicator_code = part.indicator_code
            and weights.population = part.population
    where {{ is_changed(
            'int_composite_months', 'int_changed_region_months', ['part.region_code', 'part.period_month']
        ) }}
    group by part.region_code, part.period_month, weights.index_code
)

select
    region_code,
    period_month,
    indicator_code,
    'all' as population,
    value,
    numerator,
    denominator,
    townships
from quotient

union all

-- Without all parts the weights do not add up to one, and the index has no value.
select
    index_score.region_code,
    index_score.period_month,
    index_score.indicator_code,
    'all' as population,
    round(composite.factor * index_score.score, 4) as value,
    round(index_score.score, 8) as numerator,
    index_score.weight as denominator,
    index_score.townships
from index_score
inner join {{ ref('indicators') }} as composite
    on index_score.indicator_code = composite.indicator_code
where index_score.weight = 1
