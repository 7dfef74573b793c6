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


{# The lists of these monitors, one under the other. #}
{% macro lists_of(monitors) -%}
    {% for monitor in monitors.split() -%}
    select * from {{ ref(monitor) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
