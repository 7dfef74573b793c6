{{ config(materialized='ephemeral') }}

select distinct
    township_code,
    ended_month as period_month
from {{ ref('int_training_records') }}
where ended_month is not null and {{ changed_since_checkpoint('training') }}
