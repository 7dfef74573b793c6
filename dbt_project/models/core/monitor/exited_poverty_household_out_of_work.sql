select
    {{ household_action('exited_poverty_household_out_of_work') }}
from {{ ref('household_out_of_work') }}
where is_exited_poverty
