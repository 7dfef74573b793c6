{%- set people = [
    'all', 'rural', 'graduate', 'migrant_worker', 'exited_poverty', 'low_income', 'hardship',
    'disabled', 'veteran', 'relocated',
] %}

with granted as (
    {{ current_records('startup_loan', 'granted_date', 'granted_month') }}
)

-- A person who borrows twice counts twice (人次).
select
    township_code,
    granted_month as period_month,
    {{ measure('records', 'true') }},
    {{ measure('startup_loan_granted_yuan', 'true', people, '0.01 * sum(principal_fen)') }},
    {{ measure('startup_loan_borrowers_persons', 'true', people) }},
    {{ measure('startup_loan_employed_persons', 'true', people, 'sum(employed_persons)') }}
from granted
group by township_code, granted_month
