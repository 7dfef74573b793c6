{{ config(materialized='ephemeral') }}

-- Months of the townships below each changed region: its indicators are summed from all of them.
select distinct
    ancestors.region_code as township_code,
    changed.period_month
from {{ ref('int_changed_region_months') }} as changed
inner join {{ ref('int_region_ancestors') }} as ancestors
    on changed.region_code = ancestors.ancestor_code
