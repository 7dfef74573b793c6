select
    person_token,
    min(effective_date) as first_date
from {{ ref('employment_record') }}
where {{ touched_since_chain_end('employment') }}
group by person_token
