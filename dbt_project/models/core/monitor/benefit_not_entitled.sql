-- Paid without any being due, or more than was due; open until the records show it returned.
select
    {{ action(
        'benefit_not_entitled',
        subject="person_token || '/' || insurance_type || '/' || fault",
        person='person_token',
        opened_on='due_on',
        amount_yuan='amount_yuan',
        reason='fault',
    ) }}
from {{ ref('benefit_fault') }}
where fault in ('not_entitled', 'overpaid')
