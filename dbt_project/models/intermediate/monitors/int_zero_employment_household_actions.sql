select
    'zero_employment_household' as monitor_code,
    household_token as subject,
    township_code as region_code,
    null::text as person_token,
    household_token,
    null::text as employer_token,
    null::text as project_code,
    opened_on,
    null::date as due_on,
    persons,
    null::numeric as amount_yuan,
    reason_code
from {{ ref('int_households_out_of_work') }}
