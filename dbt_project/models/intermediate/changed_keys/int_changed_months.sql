{% for stream in streams().split() -%}
select
    '{{ stream }}' as stream,
    township_code,
    period_month
from {{ ref('int_' ~ stream ~ '_changes') }}

union

select
    '{{ stream }}' as stream,
    township_code,
    period_month
from {{ ref('int_as_of_changes') }}
{{ 'union' if not loop.last }}
{% endfor %}
