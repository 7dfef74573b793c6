{{ config(materialized='ephemeral') }}

{%- set before = as_of_watermark(incremental_checkpoint()) %}
{%- set previous = "date '" ~ before ~ "'" if before else as_of_date() %}

-- A case that was closed between the as-of dates of two builds is open in one and closed in the
-- other, for any month it was due in.
select distinct
    township_code,
    due_month as period_month
from {{ ref('int_labour_case_records') }}
where
    {{ changed_since_checkpoint('labour_case') }}
    or (
        closed_date > least({{ previous }}, {{ as_of_date() }})
        and closed_date <= greatest({{ previous }}, {{ as_of_date() }})
    )
