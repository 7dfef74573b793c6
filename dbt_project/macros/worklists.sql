{% macro last_seen_month() -%}
    (date_trunc('month', {{ as_of_date() }}) - interval '1 month')::date
{%- endmacro %}


{% macro union_actions(monitors) -%}
    {% for monitor in monitors.split() -%}
    select * from {{ ref('int_' ~ monitor ~ '_actions') }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
