-- The parts of a target by year or region add up to the target; a percentage is the same in each.
-- Where the plan's own numbers disagree, contradictions.csv lists them.
with part as (
    select
        target_id,
        sum(value) as total,
        min(value) as lowest,
        max(value) as highest
    from {{ ref('target_parts') }}
    group by target_id
),

explained as (
    select named.target_id
    from {{ ref('contradictions') }} as contradictions
    cross join string_to_table(contradictions.target_ids, ' ') as named (target_id)
)

select
    part.target_id,
    part.total,
    part.lowest,
    part.highest,
    targets.value
from part
inner join {{ ref('targets') }} as targets on part.target_id = targets.target_id
where
    not case
        when targets.unit = 'pct' then part.lowest = targets.value and part.highest = targets.value
        else part.total = targets.value
    end
    and part.target_id not in (select explained.target_id from explained)
