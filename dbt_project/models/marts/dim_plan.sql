{{ config(materialized='view', tags=['reference']) }}

select
    plan_id,
    name_zh,
    name_en,
    document,
    region_code,
    starts_on,
    ends_on,
    monitor_from,
    goals_section
from {{ ref('plans') }}
