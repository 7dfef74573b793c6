select distinct
    ancestors.ancestor_code as region_code,
    changed.period_month
from {{ ref('int_changed_months') }} as changed
inner join {{ ref('int_region_ancestors') }} as ancestors
    on changed.township_code = ancestors.region_code
