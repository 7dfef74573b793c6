select
    {{ benefit_action('benefit_short') }}
from {{ ref('benefit_fault') }}
where fault = 'short'
