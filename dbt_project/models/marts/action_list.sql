{{ config(materialized='view') }}

with action as (
    {% for about in ['person', 'household', 'project', 'labour_case'] -%}
    select * from {{ ref('int_' ~ about ~ '_actions') }}
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
