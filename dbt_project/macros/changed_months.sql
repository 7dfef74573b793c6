{% macro changed_months(stream, months, counted_from=[]) -%}
{% for month in months -%}
select distinct
    township_code,
    {{ month }} as period_month
from {{ ref('int_' ~ stream ~ '_records') }}
where
    {{ month }} is not null
    and ({{ changed_since_checkpoint(stream) }} or {{ reached_between_builds(counted_from) }})
{{ 'union' if not loop.last }}
{% endfor %}
{%- endmacro %}
