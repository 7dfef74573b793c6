select
    {{ landing_columns('employment') }},
    residence = 'urban' as is_urban,
    residence = 'rural' as is_rural
from {{ source('landing', 'employment') }}
