{{ config(materialized='ephemeral') }}

with catalogue as (
    select
        indicators.*,
        population.population
    from {{ ref('indicators') }} as indicators
    cross join regexp_split_to_table(indicators.populations, ' ') as population (population)
    -- A composite is computed from indicators, not from measures.
    where indicators.kind <> 'composite'
),

measured as (
    {% for stream in streams().split() -%}
    select
        '{{ stream }}' as stream,
        stream_measure.*
    from {{ ref('int_' ~ stream ~ '_measures') }} as stream_measure
    where {{ is_changed(
        'int_indicator_months', 'int_changed_township_months', ['township_code', 'period_month']
    ) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
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
    from measured
    inner join catalogue
        on
            measured.population = catalogue.population
            and measured.measure in (catalogue.numerator_measure, catalogue.denominator_measure)

    union all

    -- A stock or flow has no denominator. The measure `records` replaces it, so that a count of
    -- zero is a value where the stream has records.
    select
        catalogue.indicator_code,
        catalogue.population,
        measured.township_code,
        measured.period_month,
        0 as numerator,
        1 as denominator
    from measured
    inner join catalogue
        on measured.stream = catalogue.stream and catalogue.denominator_measure is null
    where measured.measure = 'records'
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
