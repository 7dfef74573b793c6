{% macro current_records(stream, date='due_date', month='due_month') -%}
    select record.*
    from {{ ref('int_' ~ stream ~ '_records') }} as record
    inner join {{ ref('int_township_periods') }} as period
        on record.township_code = period.township_code and record.{{ month }} = period.period_month
    where
        record.is_current
        and record.{{ date }} <= period.period_end
        and {{ is_changed(
            'int_' ~ stream ~ '_measures',
            'int_changed_months',
            ['record.township_code', 'record.' ~ month],
            keys=['township_code', 'period_month'],
            stream=stream,
        ) }}
{%- endmacro %}
