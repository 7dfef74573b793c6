{# The day figures are computed for, as SQL. #}
{% macro as_of_date() -%}
    {%- if var('as_of_date', none) -%}
        date '{{ var("as_of_date") }}'
    {%- else -%}
        current_date
    {%- endif -%}
{%- endmacro %}


{# Load id up to which `stream` is built. A stream the build does not name has nothing to build;
   a build without horizon takes whatever has landed. #}
{% macro horizon(stream) -%}
    {%- set given = var('horizon', none) -%}
    {{ 9223372036854775807 if given is none else given.get(stream, 0) }}
{%- endmacro %}
