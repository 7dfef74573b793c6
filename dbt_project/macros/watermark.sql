{# How far each model has come is kept in ops.build_watermark, written in the transaction of the
   model itself. Two questions are asked of it: what has arrived since a record model last ran, and
   what was touched since the chain of core models last reached its end. #}

{# The model whose run closes the chain: once it is done, every key touched before is recomputed. #}
{% macro chain_end() -%}
    {{ return('indicator_month') }}
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
    {%- set found = run_query(
        "select horizon::text, as_of_date::text from ops.build_watermark where schema_name = '"
        ~ this.schema ~ "' and model = '" ~ model ~ "'"
    ) -%}
    {{ return(found.rows[0] if found.rows else none) }}
{%- endmacro %}


{# A model has come no further than the models it reads: the least of their watermarks, and no day at
   all when they were computed for another one. Only record models read landing, and have come as far
   as this build's horizon; without a horizon they leave 0, so that the next build takes it all again. #}
{% macro write_watermark(stream=none) -%}
    {%- if execute -%}
    insert into ops.build_watermark (schema_name, model, horizon, as_of_date)
    {% if stream -%}
    select
        '{{ this.schema }}' as schema_name,
        '{{ this.identifier }}' as model,
        jsonb_build_object(
            '{{ stream }}', {{ 0 if var('horizon', none) is none else horizon(stream) }}
        ) as horizon,
        {{ as_of_date() }} as as_of_date
    {%- else -%}
    select
        '{{ this.schema }}' as schema_name,
        '{{ this.identifier }}' as model,
        coalesce(
            jsonb_object_agg(reached.stream, reached.load_id)
                filter (where reached.stream is not null),
            '{}'
        ) as horizon,
        case when coalesce(bool_and(reached.is_same_day), true) then {{ as_of_date() }}
            else date '-infinity' end as as_of_date
    from (
        select
            entry.key as stream,
            min(entry.value::bigint) as load_id,
            bool_and(read_model.as_of_date = {{ as_of_date() }}) as is_same_day
        from ops.build_watermark as read_model
        left join jsonb_each_text(read_model.horizon) as entry on true
        where read_model.schema_name = '{{ this.schema }}'
            and read_model.model in ('{{ read_models(model) | unique | join("', '") }}')
        group by entry.key
    ) as reached
    {%- endif %}
    on conflict (schema_name, model) do update
    set horizon = excluded.horizon, as_of_date = excluded.as_of_date
    {%- endif -%}
{%- endmacro %}


{# Names of the models that `node` reads, directly or through ephemeral models. #}
{% macro read_models(node) -%}
    {%- set names = [] -%}
    {%- for read_id in node.depends_on.nodes if read_id.startswith('model.') -%}
        {%- set read_node = graph.nodes[read_id] -%}
        {%- if read_node.config.materialized == 'ephemeral' -%}
            {%- do names.extend(read_models(read_node)) -%}
        {%- else -%}
            {%- do names.append(read_node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
