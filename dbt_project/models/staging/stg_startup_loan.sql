select
    {{ landing_columns('startup_loan') }},
    residence = 'rural' as is_rural,
    date_trunc('month', granted_date)::date as granted_month,
    date_trunc('month', repayment_due_date)::date as due_month
from {{ source('landing', 'startup_loan') }}
