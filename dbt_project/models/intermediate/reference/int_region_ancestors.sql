with recursive ancestors as (
    select
        region_code as ancestor_code,
        region_code,
        level,
        0 as depth
    from {{ ref('regions') }}

    union all

    select
        ancestors.ancestor_code,
        regions.region_code,
        regions.level,
        ancestors.depth + 1 as depth
    from ancestors
    inner join {{ ref('regions') }} as regions on ancestors.region_code = regions.parent_code
)

select
    ancestor_code,
    region_code,
    level,
    depth
from ancestors
