with recursive closure as (
    select
        region_code as ancestor_code,
        region_code,
        level,
        0 as depth
    from {{ ref('regions') }}

    union all

    select
        closure.ancestor_code,
        regions.region_code,
        regions.level,
        closure.depth + 1 as depth
    from closure
    inner join {{ ref('regions') }} as regions on closure.region_code = regions.parent_code
)

select
    ancestor_code,
    region_code,
    level,
    depth
from closure
