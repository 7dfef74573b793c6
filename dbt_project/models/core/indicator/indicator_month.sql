{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['region_code', 'period_month'],
    meta={'touched': 'touched_region_month'},
    indexes=[{'columns': ['region_code', 'indicator_code', 'population', 'period_month']}],
) }}

with rolled_up as (
    select
        closure.ancestor_code as region_code,
        figure.period_month,
        figure.indicator_code,
        figure.population,
        sum(figure.numerator) as numerator,
        sum(figure.denominator) as denominator,
        count(*) filter (where figure.denominator > 0) as townships
    from {{ ref('township_figure') }} as figure
    inner join {{ ref('region_closure') }} as closure on figure.township_code = closure.region_code
    {%- if touched_only('indicator_month') %}
    inner join {{ ref('touched_region_month') }} as touched
        on
            closure.ancestor_code = touched.region_code
            and figure.period_month = touched.period_month
    {%- endif %}
    group by
        closure.ancestor_code, figure.period_month, figure.indicator_code, figure.population
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
