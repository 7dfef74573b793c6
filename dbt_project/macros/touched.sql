{# Keys are touched when a record, in any of its revisions, had them and has changed since the chain
   of core models last reached its end. Only those are recomputed, each of them whole. #}

{# Whether `model` recomputes touched keys only. It begins anew when it does not exist yet, or when
   the chain never reached its end; with meta `is_of_the_day` also when the as-of date has moved.
   While dbt parses the project the answer is yes, so that it sees what the model then reads. #}
{% macro touched_only(model) -%}
    {%- if not execute -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set node = graph.nodes['model.livelihood.' ~ model] -%}
    {%- set held = load_relation(api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    )) -%}
    {%- set reached = read_watermark(chain_end()) -%}
    {%- set is_of_the_day = node.config.meta.get('is_of_the_day', false) -%}
    {{ return(
        held is not none
        and reached is not none
        and (not is_of_the_day or reached[1] == var('as_of_date', none))
    ) }}
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


{# Condition: the columns of a row are among the keys that `touched` lists, of one stream if it is
   named; true when `model` is computed whole. `keys` are the columns without their alias. #}
{% macro is_touched(model, touched, keys, columns=none, stream=none) -%}
    {%- if touched_only(model) -%}
        ({{ (columns or keys) | join(', ') }}) in (
            select touched.{{ keys | join(', touched.') }}
            from {{ ref(touched) }} as touched
            {%- if stream %}
            where touched.stream = '{{ stream }}'
            {%- endif %}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{# Condition: the township and month are to be computed for the measures of `stream`. #}
{% macro is_touched_month(stream, township='period.township_code', month='period.period_month') -%}
    {{ is_touched(
        stream ~ '_measure', 'touched_month', ['township_code', 'period_month'],
        columns=[township, month], stream=stream
    ) }}
{%- endmacro %}


{# Condition: some month of the township is. #}
{% macro is_touched_township(stream) -%}
    {{ is_touched(stream ~ '_measure', 'touched_month', ['township_code'], stream=stream) }}
{%- endmacro %}


{# Condition: the composite figures of the region and month are to be computed. #}
{% macro is_touched_composite(region, month) -%}
    {{ is_touched(
        'composite_month', 'touched_region_month', ['region_code', 'period_month'],
        columns=[region, month]
    ) }}
{%- endmacro %}


{# Condition: a region above the township has the month among those to be computed. #}
{% macro is_touched_in_some_region() -%}
    {%- if touched_only('indicator_month') -%}
        (township_code, period_month) in (
            select closure.region_code, touched.period_month
            from {{ ref('touched_region_month') }} as touched
            inner join {{ ref('region_closure') }} as closure
                on touched.region_code = closure.ancestor_code
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{# Condition: the spells of the person are to be computed for `model`. #}
{% macro is_touched_person(stream, model) -%}
    {{ is_touched(model, 'touched_person', ['person_token'], stream=stream) }}
{%- endmacro %}


{# Condition: the target is to be judged anew in the region. #}
{% macro is_touched_target() -%}
    {{ is_touched('target_progress', 'touched_target', ['target_id', 'region_code']) }}
{%- endmacro %}


{# Condition: some target is to be judged anew in the region. #}
{% macro is_touched_target_region() -%}
    {{ is_touched('target_progress', 'touched_target', ['region_code']) }}
{%- endmacro %}


{# Condition: what is to be done about the person is to be listed anew. #}
{% macro is_listed_person(person='person_token') -%}
    {{ is_touched('listed_person', 'touched_person', ['person_token'], columns=[person]) }}
{%- endmacro %}


{# The same of a household. #}
{% macro is_listed_household() -%}
    {{ is_touched('listed_household', 'touched_household', ['household_token']) }}
{%- endmacro %}


{# The same of a project. #}
{% macro is_listed_project() -%}
    {{ is_touched('listed_project', 'touched_project', ['project_code']) }}
{%- endmacro %}


{# Whether everything that depends on the as-of date is to be computed anew. While dbt parses the
   project the answer is yes, so that it sees what the model then reads. #}
{% macro has_as_of_moved() -%}
    {{ return(not execute or as_of_watermark(chain_end()) != var('as_of_date', none)) }}
{%- endmacro %}


{# Incremental strategy `touched`: all rows of the keys listed by the model named in meta `touched`,
   of the stream named in meta `stream`, go, and what was computed for them comes. So a key that no
   record has any more vanishes, which deleting by the new rows alone would miss. #}
{% macro get_incremental_touched_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set meta = config.get('meta') -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ target }} as held
    {%- if touched_only(target.identifier) %}
    using {{ graph.nodes['model.livelihood.' ~ meta['touched']].relation_name }} as touched
    where
    {%- for key in arg_dict['unique_key'] %}
        held.{{ key }} = touched.{{ key }}{{ ' and' if not loop.last }}
    {%- endfor %}
    {%- if meta['stream'] %}
        and touched.stream = '{{ meta['stream'] }}'
    {%- endif %}
    {%- endif %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
