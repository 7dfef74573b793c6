{# The state of a record on the as-of date: what is due by then is due before it, because the day
   itself is not over; a payment counts from its date. #}

{% macro is_due(date='due_date') -%}
    {{ date }} < {{ as_of_date() }}
{%- endmacro %}


{% macro paid_by_as_of(amount, paid_date='paid_date') -%}
    case when {{ paid_date }} > {{ as_of_date() }} then 0 else {{ amount }} end
{%- endmacro %}


{% macro reached_between_builds(dates) -%}
    {%- set before = as_of_watermark(incremental_checkpoint()) -%}
    {%- if not dates or not before or not has_as_of_date_changed() -%}
        false
    {%- else -%}
        {%- set previous = "date '" ~ before ~ "'" -%}
        {%- for date in dates -%}
        (
            {{ date }} > least({{ previous }}, {{ as_of_date() }})
            and {{ date }} <= greatest({{ previous }}, {{ as_of_date() }})
        )
        {{- ' or ' if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
