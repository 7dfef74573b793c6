{{ config(materialized='view', tags=['reference']) }}

select
    population,
    name_zh,
    name_en,
    definition_en
from {{ ref('populations') }}
