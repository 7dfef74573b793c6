select distinct
    closure.ancestor_code as region_code,
    touched.period_month
from {{ ref('touched_month') }} as touched
inner join {{ ref('region_closure') }} as closure on touched.township_code = closure.region_code
