select
    {{ action(
        'low_income_household_out_of_work',
        subject='household_token',
        household='household_token',
        opened_on='opened_on',
        persons='persons',
        reason='reason_code',
    ) }}
from {{ ref('household_out_of_work') }}
where is_low_income
