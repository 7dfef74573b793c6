{# The columns of an action, the same for every monitor. What a monitor does not give is empty. #}
{% macro action(
    monitor, subject, opened_on, due_on='null', region='township_code', person='null',
    household='null', employer='null', project='null', persons='1', amount_yuan='null', reason='null'
) %}
    '{{ monitor }}' as monitor_code,
    ({{ subject }})::text as subject,
    ({{ region }})::text as region_code,
    ({{ person }})::text as person_token,
    ({{ household }})::text as household_token,
    ({{ employer }})::text as employer_token,
    ({{ project }})::text as project_code,
    ({{ opened_on }})::date as opened_on,
    ({{ due_on }})::date as due_on,
    ({{ persons }})::bigint as persons,
    ({{ amount_yuan }})::numeric as amount_yuan,
    ({{ reason }})::text as reason_code
{%- endmacro %}


{# An action about a household of household_out_of_work. #}
{% macro household_action(monitor) -%}
    {{ action(
        monitor,
        subject='household_token',
        household='household_token',
        opened_on='opened_on',
        persons='persons',
        reason='reason_code',
    ) }}
{%- endmacro %}


{# An action about a payment of benefit_fault that has not come, or not in full. #}
{% macro benefit_action(monitor) -%}
    {{ action(
        monitor,
        subject="person_token || '/' || insurance_type",
        person='person_token',
        opened_on='due_on',
        due_on='due_on',
        amount_yuan='amount_yuan',
        reason='insurance_type',
    ) }}
{%- endmacro %}


{# First day of the month before the as-of month: what has not been seen since has ended. Payrolls and
   contributions of the month itself come in only after it. #}
{% macro last_seen_month() -%}
    (date_trunc('month', {{ as_of_date() }}) - interval '1 month')::date
{%- endmacro %}


{# Monitors whose lists are made anew, and the townships they are made for, none standing for all.
   The townships are named one by one, because the planner carries a list of constants into the
   grouping of a monitor, where it leaves a subquery outside. #}
{% macro touched_lists() -%}
    {%- set every = {'monitors': monitors().split(), 'townships': none} -%}
    {%- if execute and (not touched_only('action_list') or has_as_of_moved()) -%}
        {{ return(every) }}
    {%- endif -%}
    {%- set touched = ref('touched_action') -%}
    {%- if not execute -%}
        {{ return(every) }}
    {%- endif -%}
    {%- set found = run_query('select distinct monitor_code, region_code from ' ~ touched) -%}
    {{ return({
        'monitors': found.columns[0].values_distinct() | sort or every.monitors[:1],
        'townships': found.columns[1].values_distinct() | sort,
    }) }}
{%- endmacro %}


{# Condition: the lists of the township are made anew. #}
{% macro is_listed_anew(township='township_code') -%}
    {{ is_in_townships(township, touched_lists().townships) }}
{%- endmacro %}


{# Condition: the column is one of the townships, none standing for all. #}
{% macro is_in_townships(column, townships) -%}
    {{ 'true' if townships is none else column ~ " in ('" ~ townships | join("', '") ~ "')" }}
{%- endmacro %}


{# The same of a person, by the register: what a list says of a person may follow from records of
   other townships, and grouping by persons keeps the condition on townships outside. #}
{% macro is_person_listed_anew() -%}
    {%- set townships = touched_lists().townships -%}
    {%- if townships is none -%}
        true
    {%- else -%}
        person_token in (
            select listed.person_token
            from {{ ref('employment_spell') }} as listed
            where {{ is_in_townships('listed.township_code', townships) }}
        )
    {%- endif -%}
{%- endmacro %}


{# Streams whose records `model` reads, directly or through other models. #}
{% macro read_streams(model) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for read_id in graph.nodes['model.livelihood.' ~ model].depends_on.nodes
            if read_id.startswith('model.livelihood.') and '.touched_' not in read_id -%}
            {%- set name = read_id.split('.')[-1] -%}
            {%- do found.extend(
                [name[:-7]] if name.endswith('_record') else read_streams(name)
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found | unique | sort) }}
{%- endmacro %}
