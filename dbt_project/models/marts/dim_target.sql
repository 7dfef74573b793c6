{{ config(materialized='view', tags=['reference']) }}

select
    target_id,
    plan_id,
    section,
    name_zh,
    name_en,
    indicator_code,
    region_code,
    coalesce(population, 'all') as population,
    starts_on,
    ends_on,
    periodicity,
    comparator,
    value,
    value_high,
    unit,
    reference_indicator_code,
    reference_population,
    basis,
    is_approximate,
    owner,
    supporting,
    applies_to_parts,
    not_measurable_reason,
    note
from {{ ref('targets') }}
