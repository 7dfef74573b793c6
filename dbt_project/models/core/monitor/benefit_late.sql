select
    {{ benefit_action('benefit_late') }}
from {{ ref('benefit_fault') }}
where fault = 'late'
