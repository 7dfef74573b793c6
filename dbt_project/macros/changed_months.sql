{% macro changed_months(stream, months) -%}
{% for month in months -%}
select distinct
    township_code,
    {{ month }} as period_month
from {{ ref('int_' ~ stream ~ '_records') }}
where {{ month }} is not null and {{ changed_since_checkpoint(stream) }}
{{ 'union' if not loop.last }}
{% endfor %}
{%- endmacro %}
