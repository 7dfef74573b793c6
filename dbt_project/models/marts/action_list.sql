{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['monitor_code', 'region_code'],
    meta={'touched': 'touched_action'},
    on_schema_change='fail',
) }}

{%- set lists = touched_lists() %}

with action as (
    {% for monitor in lists.monitors -%}
    select * from {{ ref(monitor) }}
    where {{ is_in_townships('region_code', lists.townships) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    action.monitor_code,
    action.region_code,
    action.subject,
    action.person_token,
    action.household_token,
    action.employer_token,
    action.project_code,
    action.opened_on,
    action.due_on,
    action.persons,
    action.amount_yuan,
    action.reason_code,
    monitors.owner
from action
inner join {{ ref('monitors') }} as monitors on action.monitor_code = monitors.monitor_code
