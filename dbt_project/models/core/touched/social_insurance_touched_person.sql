select distinct person_token
from {{ ref('social_insurance_record') }}
where _touched_load_id > {{ watermark('social_insurance', chain_end()) }}
