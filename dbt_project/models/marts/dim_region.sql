{{ config(materialized='view', tags=['reference']) }}

select
    regions.region_code,
    regions.name_zh,
    regions.name_en,
    regions.level,
    regions.parent_code,
    count(ancestors.region_code) as townships
from {{ ref('regions') }} as regions
left join {{ ref('int_region_ancestors') }} as ancestors
    on regions.region_code = ancestors.ancestor_code and ancestors.level = 'township'
group by
    regions.region_code, regions.name_zh, regions.name_en, regions.level, regions.parent_code
