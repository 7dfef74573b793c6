{{ config(meta={'stream': 'wage_payment'}) }}

select distinct
    'wage_payment' as stream,
    project_code
from {{ ref('wage_payment_record') }}
where {{ touched_since_chain_end('wage_payment') }} and project_code is not null
