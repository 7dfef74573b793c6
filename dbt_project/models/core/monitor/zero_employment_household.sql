select
    {{ action(
        'zero_employment_household',
        subject='household_token',
        household='household_token',
        opened_on='opened_on',
        persons='persons',
        reason='reason_code',
    ) }}
from {{ ref('household_out_of_work') }}
