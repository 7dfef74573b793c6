select
    {{ household_action('zero_employment_household') }}
from {{ ref('household_out_of_work') }}
