with candidates as (
    -- The standard of the nearest region applies: the county's before the province's.
    select
        standards.standard,
        ancestors.region_code as township_code,
        standards.value,
        standards.valid_from,
        rank() over (
            partition by standards.standard, ancestors.region_code order by ancestors.depth
        ) as nearness
    from {{ ref('standards') }} as standards
    inner join {{ ref('int_region_ancestors') }} as ancestors
        on standards.region_code = ancestors.ancestor_code
    where ancestors.level = 'township'
)

select
    standard,
    township_code,
    value,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by standard, township_code order by valid_from) - 1,
        date 'infinity'
    ) as valid_until
from candidates
where nearness = 1
