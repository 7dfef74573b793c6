select distinct person_token
from {{ ref('social_insurance_record') }}
where {{ touched_since_chain_end('social_insurance') }}
