{% macro current_records(stream, date, month) -%}
    {{ records_of_changed_months(stream, month, 'record.' ~ date ~ ' <= period.period_end') }}
{%- endmacro %}


{% macro due_records(stream, date='due_date') -%}
    {{ records_of_changed_months(stream, 'due_month', is_due('record.' ~ date)) }}
{%- endmacro %}


{% macro records_of_changed_months(stream, month, condition) -%}
    select record.*
    from {{ ref('int_' ~ stream ~ '_records') }} as record
    inner join {{ ref('int_township_periods') }} as period
        on record.township_code = period.township_code and record.{{ month }} = period.period_month
    where
        record.is_current
        and {{ condition }}
        and {{ is_changed(
            'int_' ~ stream ~ '_measures',
            'int_changed_months',
            ['record.township_code', 'record.' ~ month],
            keys=['township_code', 'period_month'],
            stream=stream,
        ) }}
{%- endmacro %}
