{% for stream in streams().split() -%}
select
    '{{ stream }}' as stream,
    township_code,
    period_month
from {{ ref(stream ~ '_touched') }}

union

select
    '{{ stream }}' as stream,
    township_code,
    period_month
from {{ ref('as_of_touched') }}
{{ 'union' if not loop.last }}
{% endfor %}
