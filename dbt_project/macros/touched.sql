{# Keys are touched when a record, in any of its revisions, had them and has changed since the chain
   of core models last reached its end. Only those are recomputed, each of them whole. #}

{# Whether to recompute touched keys only; a chain that never reached its end begins anew. While the
   project is parsed the answer is yes, so that dbt sees what the models then read. #}
{% macro touched_only() -%}
    {{ return(not execute or (is_incremental() and read_watermark(chain_end()) is not none)) }}
{%- endmacro %}


{# Condition on a record model: changed since the chain last reached its end. When everything is
   computed anew nothing has to be looked up. #}
{% macro touched_since_chain_end(stream) -%}
    {%- if read_watermark(chain_end()) is none -%}
        false
    {%- else -%}
        _touched_load_id > {{ watermark(stream, chain_end()) }}
    {%- endif -%}
{%- endmacro %}


{# Incremental strategy `touched`: all rows of the keys listed by the model named in meta `touched` go,
   and what was computed for them comes. So a key that no record has any more vanishes, which
   deleting by the new rows alone would miss. #}
{% macro get_incremental_touched_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ target }} as held
    {%- if touched_only() %}
    using {{ ref(config.get('meta')['touched']) }} as touched
    where
    {%- for key in arg_dict['unique_key'] %}
        held.{{ key }} = touched.{{ key }}{{ ' and' if not loop.last }}
    {%- endfor %}
    {%- endif %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
