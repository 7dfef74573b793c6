select
    person_token,
    min(effective_date) as first_date
from {{ ref('employment_record') }}
where _touched_load_id > {{ watermark('employment', chain_end()) }}
group by person_token
