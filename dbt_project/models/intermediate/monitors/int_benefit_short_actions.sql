select
    'benefit_short' as monitor_code,
    person_token || '/' || insurance_type as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    null::text as employer_token,
    null::text as project_code,
    due_on as opened_on,
    due_on,
    1::bigint as persons,
    amount_yuan,
    insurance_type as reason_code
from {{ ref('int_benefit_faults') }}
where fault = 'short'
