{{ config(materialized='view', tags=['reference']) }}

select
    monitor_code,
    name_zh,
    name_en,
    stream,
    owner,
    legal_source,
    action_zh,
    action_en
from {{ ref('monitors') }}
