{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    unique_key=['target_id', 'region_code'],
    meta={'changed_keys': 'int_changed_targets'},
    on_schema_change='fail',
) }}

select
    target_id,
    plan_id,
    region_code,
    period_month,
    indicator_code,
    population,
    periodicity,
    comparator,
    case when comparator = 'between' then bound_low else coalesce(bound_low, bound_high) end
        as target_value,
    case when comparator = 'between' then bound_high end as target_value_high,
    -- Of two limits, the one not reached yet is shown.
    case
        when expected_low is null or expected_high <> bound_high then expected_high
        else expected_low
    end as expected_value,
    value,
    case when value is not null then greatest(bound_low - value, value - bound_high, 0) end as gap,
    coalesce(indicator_unit, target_unit) as unit,
    status,
    status_since,
    is_part,
    coalesce(not_measurable_reason, note) as note
from {{ ref('int_target_verdicts') }}
