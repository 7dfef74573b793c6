{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    unique_key=['region_code', 'period_month'],
    meta={'changed_keys': 'int_changed_region_months'},
    indexes=[{'columns': ['region_code', 'indicator_code', 'population', 'period_month']}],
) }}

with rolled_up as (
    select
        ancestors.ancestor_code as region_code,
        township.period_month,
        township.indicator_code,
        township.population,
        sum(township.numerator) as numerator,
        sum(township.denominator) as denominator,
        count(*) filter (where township.denominator > 0) as townships
    from {{ ref('int_township_indicators') }} as township
    inner join {{ ref('int_region_ancestors') }} as ancestors
        on township.township_code = ancestors.region_code
    {%- if is_incremental_for('int_indicator_months') %}
    inner join {{ ref('int_changed_region_months') }} as changed
        on
            ancestors.ancestor_code = changed.region_code
            and township.period_month = changed.period_month
    {%- endif %}
    group by
        ancestors.ancestor_code, township.period_month, township.indicator_code, township.population
)

select
    rolled_up.region_code,
    rolled_up.period_month,
    rolled_up.indicator_code,
    rolled_up.population,
    case
        when indicators.denominator_measure is null then rolled_up.numerator
        else round(indicators.factor * rolled_up.numerator / rolled_up.denominator, 4)
    end as value,
    rolled_up.numerator,
    case when indicators.denominator_measure is not null then rolled_up.denominator end
        as denominator,
    rolled_up.townships
from rolled_up
inner join {{ ref('indicators') }} as indicators
    on rolled_up.indicator_code = indicators.indicator_code
where rolled_up.denominator > 0
