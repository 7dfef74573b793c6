{% for stream in ['employment', 'social_insurance', 'wage_payment'] -%}
select
    township_code,
    period_month
from {{ ref(stream ~ '_touched') }}
{{ 'union' if not loop.last }}
{% endfor %}
