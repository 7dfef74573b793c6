-- Persons with a changed record, and the first day on which something may be different.
select
    'employment' as stream,
    person_token,
    min(effective_date) as first_date
from {{ ref('employment_record') }}
where {{ touched_since_chain_end('employment') }}
group by person_token

union all

select
    'social_insurance' as stream,
    person_token,
    min(period_month) as first_date
from {{ ref('social_insurance_record') }}
where {{ touched_since_chain_end('social_insurance') }}
group by person_token
