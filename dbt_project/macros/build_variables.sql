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


{# Columns of a landing table as its contract declares them, then those the loader adds. #}
{% macro landing_columns(stream) -%}
    {%- if execute -%}
        {%- set table = graph.sources.values()
            | selectattr('source_name', 'equalto', 'landing')
            | selectattr('name', 'equalto', stream)
            | first -%}
        {%- set loader_columns = ['_partition', '_offset', '_produced_at', '_load_id'] -%}
        {{ (table.columns.keys() | reject('in', loader_columns) | list + loader_columns) | join(',\n    ') }}
    {%- else -%}
        *
    {%- endif -%}
{%- endmacro %}
