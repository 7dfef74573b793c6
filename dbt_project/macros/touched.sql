{# Incremental strategy `touched`: recompute whole keys. The model names, in meta `touched`, the model
   that lists the keys; all their rows go, and what the model computed for them comes. So a key that
   no record has any more vanishes, which delete+insert by the new rows alone would miss. #}
{% macro get_incremental_touched_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ target }} as held
    using {{ ref(config.get('meta')['touched']) }} as touched
    where
    {%- for key in arg_dict['unique_key'] %}
        held.{{ key }} = touched.{{ key }}{{ ' and' if not loop.last }}
    {%- endfor %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
