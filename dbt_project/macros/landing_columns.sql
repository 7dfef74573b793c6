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
