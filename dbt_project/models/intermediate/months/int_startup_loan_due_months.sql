with due as (
    -- A loan is judged in the month of the day on which all of it was to be repaid.
    {{ due_records('startup_loan', 'repayment_due_date') }}
)

select
    township_code,
    due_month as period_month,
    {{ measure('records', 'true') }},
    {{ measure('startup_loan_due_loans', 'true') }},
    {{ measure('startup_loan_on_time_loans', 'repaid_date <= repayment_due_date') }},
    {{ measure(
        'startup_loan_subsidy_due_yuan', 'true', aggregate='0.01 * sum(interest_subsidy_due_fen)'
    ) }},
    {{ measure(
        'startup_loan_subsidy_paid_yuan', 'true',
        aggregate='0.01 * sum(least(interest_subsidy_paid_fen, interest_subsidy_due_fen))'
    ) }}
from due
group by township_code, due_month
