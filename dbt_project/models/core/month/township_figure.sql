{{ config(meta={'touched': 'touched_month'}) }}

with catalogue as (
    select
        indicators.*,
        population.population
    from {{ ref('indicators') }} as indicators
    cross join regexp_split_to_table(indicators.populations, ' ') as population (population)
),

part as (
    select
        catalogue.indicator_code,
        measured.population,
        measured.township_code,
        measured.period_month,
        case when measured.measure = catalogue.numerator_measure then measured.value else 0 end
            as numerator,
        case when measured.measure = catalogue.denominator_measure then measured.value else 0 end
            as denominator
    from {{ ref('measure_month') }} as measured
    {%- if touched_only() %}
    inner join {{ ref('touched_month') }} as touched
        on
            measured.township_code = touched.township_code
            and measured.period_month = touched.period_month
    {%- endif %}
    inner join catalogue
        on
            measured.population = catalogue.population
            and measured.measure in (catalogue.numerator_measure, catalogue.denominator_measure)

    union all

    -- A stock or flow has no denominator; that its stream has records stands in for one.
    select
        catalogue.indicator_code,
        catalogue.population,
        known.township_code,
        known.period_month,
        0 as numerator,
        1 as denominator
    from {{ ref('stream_month') }} as known
    {%- if touched_only() %}
    inner join {{ ref('touched_month') }} as touched
        on known.township_code = touched.township_code and known.period_month = touched.period_month
    {%- endif %}
    inner join catalogue
        on known.stream = catalogue.stream and catalogue.denominator_measure is null
)

select
    township_code,
    period_month,
    indicator_code,
    population,
    sum(numerator) as numerator,
    sum(denominator) as denominator
from part
group by township_code, period_month, indicator_code, population
