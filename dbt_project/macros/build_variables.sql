{% macro as_of_date() -%}
    {%- if var('as_of_date', none) -%}
        date '{{ var("as_of_date") }}'
    {%- else -%}
        current_date
    {%- endif -%}
{%- endmacro %}


{% macro horizon(stream) -%}
    {%- set horizons = var('horizon', none) -%}
    {{ 9223372036854775807 if horizons is none else horizons.get(stream, 0) }}
{%- endmacro %}
