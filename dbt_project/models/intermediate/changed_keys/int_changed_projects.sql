{{ config(meta={'stream': 'wage_payment'}) }}

select distinct
    'wage_payment' as stream,
    project_code
from {{ ref('int_wage_payment_records') }}
where {{ changed_since_checkpoint('wage_payment') }} and project_code is not null
