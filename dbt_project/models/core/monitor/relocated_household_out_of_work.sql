select
    {{ household_action('relocated_household_out_of_work') }}
from {{ ref('household_out_of_work') }}
where is_relocated
