select
    {{ household_action('monitored_household_out_of_work') }}
from {{ ref('household_out_of_work') }}
where is_monitored
