{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    unique_key=['target_id', 'region_code'],
    meta={'changed_keys': 'int_changed_targets'},
    on_schema_change='fail',
) }}

-- No column changes with the day alone: otherwise each day would publish a vintage per target.
with newest as (
    select distinct on (target_id, region_code) *
    from {{ ref('target_progress') }}
    where {{ is_changed('target_status', 'int_changed_targets', ['target_id', 'region_code']) }}
    order by target_id asc, region_code asc, period_month desc
)

select
    newest.target_id,
    newest.plan_id,
    newest.region_code,
    newest.period_month,
    newest.status,
    newest.status_since,
    newest.value,
    newest.target_value,
    newest.target_value_high,
    newest.gap,
    newest.unit,
    units.name_zh as unit_zh,
    units.name_en as unit_en,
    targets.owner,
    targets.duplicate_of,
    targets.duplicate_of is null as is_shown,
    newest.is_part,
    newest.note
from newest
inner join {{ ref('targets') }} as targets on newest.target_id = targets.target_id
left join {{ ref('units') }} as units on newest.unit = units.unit
