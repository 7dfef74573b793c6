select
    {{ action(
        'benefit_late',
        subject="person_token || '/' || insurance_type",
        person='person_token',
        opened_on='due_on',
        due_on='due_on',
        amount_yuan='amount_yuan',
        reason='insurance_type',
    ) }}
from {{ ref('benefit_fault') }}
where fault = 'late'
