{# A key has changed when a record had it in any of its revisions and that record has changed since
   the incremental checkpoint. Only changed keys are recomputed, each of them completely. #}

{% macro is_incremental_for(model) -%}
    {#- While dbt parses the project the answer is yes, so that it sees what the model then reads. -#}
    {%- if not execute -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set node = graph.nodes['model.livelihood.' ~ model] -%}
    {%- set relation = load_relation(api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    )) -%}
    {%- set checkpoint = read_watermark(incremental_checkpoint()) -%}
    {%- set depends_on_day = node.config.meta.get('depends_on_day', false) -%}
    {{ return(
        relation is not none
        and checkpoint is not none
        and (not depends_on_day or checkpoint[1] == var('as_of_date', none))
    ) }}
{%- endmacro %}


{% macro changed_since_checkpoint(stream) -%}
    {#- On a full refresh every key is recomputed, so none has to be looked up. -#}
    {%- if read_watermark(incremental_checkpoint()) is none -%}
        false
    {%- else -%}
        _changed_load_id > {{ watermark(stream, incremental_checkpoint()) }}
    {%- endif -%}
{%- endmacro %}


{% macro is_changed(model, changed_keys, columns, keys=none, stream=none) -%}
    {%- if is_incremental_for(model) -%}
        {%- set names = [] -%}
        {%- for name in keys or columns -%}{%- do names.append(name.split('.')[-1]) -%}{%- endfor -%}
        ({{ columns | join(', ') }}) in (
            select changed.{{ names | join(', changed.') }}
            from {{ ref(changed_keys) }} as changed
            {%- if stream %}
            where changed.stream = '{{ stream }}'
            {%- endif %}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro has_as_of_date_changed() -%}
    {#- While dbt parses the project the answer is yes, so that it sees what the model then reads. -#}
    {{ return(not execute or as_of_watermark(incremental_checkpoint()) != var('as_of_date', none)) }}
{%- endmacro %}


{% macro get_incremental_changed_keys_sql(arg_dict) %}
    {#- Rows are deleted by the list of changed keys, not by the new rows: a key that no record has
        any more must disappear. -#}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set meta = config.get('meta') -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ target }} as stored
    {%- if is_incremental_for(target.identifier) %}
    using {{ graph.nodes['model.livelihood.' ~ meta['changed_keys']].relation_name }} as changed
    where
    {%- for key in arg_dict['unique_key'] %}
        stored.{{ key }} = changed.{{ key }}{{ ' and' if not loop.last }}
    {%- endfor %}
    {%- if meta['stream'] %}
        and changed.stream = '{{ meta['stream'] }}'
    {%- endif %}
    {%- endif %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
