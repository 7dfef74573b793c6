{% macro incremental_checkpoint() -%}
    {{ return('incremental_checkpoint') }}
{%- endmacro %}


{% macro watermark(stream, model) -%}
    {%- set row = read_watermark(model) -%}
    {{ return((fromjson(row[0]).get(stream, 0) if row else 0) | int) }}
{%- endmacro %}


{% macro as_of_watermark(model) -%}
    {%- set row = read_watermark(model) -%}
    {{ return(row[1] if row else none) }}
{%- endmacro %}


{% macro read_watermark(model) -%}
    {%- if not execute or flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set rows = run_query(
        "select horizon::text, as_of_date::text from ops.build_watermark where schema_name = '"
        ~ graph.nodes['model.livelihood.' ~ model].schema ~ "' and model = '" ~ model ~ "'"
    ) -%}
    {{ return(rows.rows[0] if rows.rows else none) }}
{%- endmacro %}


{% macro write_watermark(stream=none) -%}
    {%- set horizon_built = var('horizon', none) if stream is none
        else {stream: 0 if var('horizon', none) is none else horizon(stream) | int} -%}
    {%- if execute and horizon_built is not none -%}
    insert into ops.build_watermark (schema_name, model, horizon, as_of_date)
    select
        '{{ this.schema }}' as schema_name,
        '{{ this.identifier }}' as model,
        '{{ tojson(horizon_built) }}'::jsonb as horizon,
        {{ as_of_date() }} as as_of_date
    on conflict (schema_name, model) do update
    set horizon = excluded.horizon, as_of_date = excluded.as_of_date
    {%- endif -%}
{%- endmacro %}
