{{ config(materialized='view', tags=['reference']) }}

select
    regions.region_code,
    regions.name_zh,
    regions.name_en,
    regions.level,
    regions.parent_code,
    count(closure.region_code) as townships
from {{ ref('regions') }} as regions
left join {{ ref('region_closure') }} as closure
    on regions.region_code = closure.ancestor_code and closure.level = 'township'
group by
    regions.region_code, regions.name_zh, regions.name_en, regions.level, regions.parent_code
