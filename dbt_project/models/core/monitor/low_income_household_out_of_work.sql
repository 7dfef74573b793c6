select
    {{ household_action('low_income_household_out_of_work') }}
from {{ ref('household_out_of_work') }}
where is_low_income
