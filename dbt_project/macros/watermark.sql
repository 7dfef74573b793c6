{# How far record models and the chain of what follows from them have come is kept in
   ops.build_watermark, written in the transaction of the model itself. Two questions are asked of it:
   what has arrived since a record model last ran, and what was touched since the chain last reached
   its end. #}

{# The model whose run closes the chain: once it is done, every key touched before is recomputed. #}
{% macro incremental_checkpoint() -%}
    {{ return('incremental_checkpoint') }}
{%- endmacro %}


{# Load id of `stream` up to which `model` has come, 0 when it has to begin anew. #}
{% macro watermark(stream, model) -%}
    {%- set row = read_watermark(model) -%}
    {{ return((fromjson(row[0]).get(stream, 0) if row else 0) | int) }}
{%- endmacro %}


{# Day `model` was last computed for ('YYYY-MM-DD'), none when it has to begin anew. #}
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


{# The model has come as far as this build's horizon: in its stream, or in all when it closes the
   chain. Without a horizon, in a run by hand, a record model leaves 0, so that the next build takes
   it all again, and the chain is not closed. #}
{% macro write_watermark(stream=none) -%}
    {%- set reached = var('horizon', none) if stream is none
        else {stream: 0 if var('horizon', none) is none else horizon(stream) | int} -%}
    {%- if execute and reached is not none -%}
    insert into ops.build_watermark (schema_name, model, horizon, as_of_date)
    select
        '{{ this.schema }}' as schema_name,
        '{{ this.identifier }}' as model,
        '{{ tojson(reached) }}'::jsonb as horizon,
        {{ as_of_date() }} as as_of_date
    on conflict (schema_name, model) do update
    set horizon = excluded.horizon, as_of_date = excluded.as_of_date
    {%- endif -%}
{%- endmacro %}
