-- No silent target: each one is judged, or its row says why it cannot be, or not yet.
select targets.target_id
from {{ ref('dim_target') }} as targets
left join {{ ref('target_progress') }} as progress on targets.target_id = progress.target_id
where progress.target_id is null
