{% macro first_month_of_spell() -%}
    date_trunc('month', effective_date)::date
{%- endmacro %}


{% macro last_month_of_spell() -%}
    case
        when last_date >= {{ as_of_date() }} then date_trunc('month', {{ as_of_date() }})::date
        else (date_trunc('month', last_date + 1) - interval '1 month')::date
    end
{%- endmacro %}
