{{ config(materialized='ephemeral') }}

{%- set before = as_of_watermark(chain_end()) %}
{%- set previous = "date '" ~ before ~ "'" if before else as_of_date() %}

-- A case that was closed between the as-of dates of two builds is open in one of them and closed in
-- the other, in whichever month it was due.
select distinct
    township_code,
    due_month as period_month
from {{ ref('labour_case_record') }}
where
    {{ touched_since_chain_end('labour_case') }}
    or (
        closed_date > least({{ previous }}, {{ as_of_date() }})
        and closed_date <= greatest({{ previous }}, {{ as_of_date() }})
    )
