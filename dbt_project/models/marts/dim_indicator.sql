{{ config(materialized='view', tags=['reference']) }}

select
    indicator_code,
    name_zh,
    name_en,
    stream,
    kind,
    unit,
    direction,
    definition_zh,
    definition_en,
    populations,
    factor,
    numerator_indicator,
    numerator_population,
    denominator_indicator,
    denominator_population
from {{ ref('indicators') }}
