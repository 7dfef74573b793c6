-- Paid although nothing or less was due; open until the records show repayment.
select
    'benefit_not_entitled' as monitor_code,
    person_token || '/' || insurance_type || '/' || fault as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    null::text as employer_token,
    null::text as project_code,
    due_on as opened_on,
    null::date as due_on,
    1::bigint as persons,
    amount_yuan,
    fault as reason_code
from {{ ref('int_benefit_faults') }}
where fault in ('not_entitled', 'overpaid')
