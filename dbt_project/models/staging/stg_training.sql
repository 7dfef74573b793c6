select
    {{ landing_columns('training') }},
    residence = 'rural' as is_rural,
    date_trunc('month', ended_date)::date as ended_month
from {{ source('landing', 'training') }}
