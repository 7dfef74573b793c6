{%- set people = [
    'all', 'rural', 'graduate', 'migrant_worker', 'exited_poverty', 'low_income', 'hardship',
    'disabled', 'veteran', 'relocated',
] %}

with granted as (
    select
        record.*,
        record.granted_month as period_month
    from {{ ref('startup_loan_record') }} as record
    inner join {{ ref('township_period') }} as period
        on
            record.township_code = period.township_code
            and record.granted_month = period.period_month
    where
        record.is_current
        and record.granted_date <= period.period_end
        and {{ is_touched_month('startup_loan', 'record.township_code', 'record.granted_month') }}
)

-- Who borrows twice counts twice (人次).
select
    township_code,
    period_month,
    {{ measure('records', 'true') }},
    {{ measure('startup_loan_granted_yuan', 'true', people, '0.01 * sum(principal_fen)') }},
    {{ measure('startup_loan_borrowers_persons', 'true', people) }},
    {{ measure('startup_loan_employed_persons', 'true', people, 'sum(employed_persons)') }}
from granted
group by township_code, period_month
