{{ config(materialized='ephemeral') }}

select distinct
    township_code,
    ended_month as period_month
from {{ ref('training_record') }}
where ended_month is not null and {{ touched_since_chain_end('training') }}
