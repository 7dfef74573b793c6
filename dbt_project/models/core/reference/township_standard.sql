with candidates as (
    -- What the nearest region decides holds: a county's own minimum before the province's.
    select
        standards.standard,
        closure.region_code as township_code,
        standards.value,
        standards.valid_from,
        rank() over (
            partition by standards.standard, closure.region_code order by closure.depth
        ) as nearness
    from {{ ref('standards') }} as standards
    inner join {{ ref('region_closure') }} as closure
        on standards.region_code = closure.ancestor_code
    where closure.level = 'township'
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
