{{ config(materialized='view', tags=['reference']) }}

select
    contradiction_id,
    plan_id,
    target_ids,
    conflict_zh,
    conflict_en,
    monitored_target_id,
    reason
from {{ ref('contradictions') }}
