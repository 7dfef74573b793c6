-- Every target is judged, or its row states why it cannot be judged or has not started.
select targets.target_id
from {{ ref('dim_target') }} as targets
left join {{ ref('target_progress') }} as progress on targets.target_id = progress.target_id
where progress.target_id is null
