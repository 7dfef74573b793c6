{%- set people = ['all', 'migrant_worker'] %}

with due as (
    -- A case is judged once its legal limit has passed, in the month of that day.
    select
        record.*,
        record.due_month as period_month,
        coalesce(record.closed_date <= {{ as_of_date() }}, false) as is_closed,
        coalesce(record.closed_date <= record.due_date, false) as is_on_time
    from {{ ref('labour_case_record') }} as record
    inner join {{ ref('township_period') }} as period
        on record.township_code = period.township_code and record.due_month = period.period_month
    where
        record.is_current
        and record.due_date <= period.period_end
        and {{ is_touched_month('labour_case', 'record.township_code', 'record.due_month') }}
)

select
    township_code,
    period_month,
    {{ measure('records', 'true') }},
    {{ measure('case_due', 'true', people) }},
    {{ measure('case_closed', 'is_closed', people) }},
    {{ measure('case_on_time', 'is_on_time', people) }},
    {%- for kind in ['complaint', 'inspection', 'mediation', 'arbitration'] %}
    {%- set of_kind = "case_kind = '" ~ kind ~ "'" %}
    {{ measure(kind ~ '_due', of_kind, people) }},
    {{ measure(kind ~ '_closed', of_kind ~ ' and is_closed', people) }},
    {%- endfor %}
    {{ measure('arbitration_on_time', "case_kind = 'arbitration' and is_on_time", people) }},
    {{ measure('wage_case_claimed_yuan', 'is_wage_case', people, '0.01 * sum(claimed_fen)') }},
    {{ measure('wage_case_recovered_yuan', 'is_wage_case', people, '0.01 * sum(recovered_fen)') }}
from due
group by township_code, period_month
