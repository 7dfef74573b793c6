{%- set people = ['all', 'migrant_worker'] %}

with record as (
    {{ due_records('labour_case') }}
),

due as (
    -- A case is judged once its legal limit has passed, in the month of that day.
    select
        *,
        coalesce(closed_date <= {{ as_of_date() }}, false) as is_closed,
        coalesce(closed_date <= due_date, false) as is_on_time
    from record
)

select
    township_code,
    due_month as period_month,
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
group by township_code, due_month
