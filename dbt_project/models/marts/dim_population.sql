{{ config(materialized='view') }}

select
    population,
    name_zh,
    name_en,
    definition_en
from {{ ref('populations') }}
