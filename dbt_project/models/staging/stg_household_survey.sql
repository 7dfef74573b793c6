select
    {{ landing_columns('household_survey') }},
    residence = 'urban' as is_urban,
    residence = 'rural' as is_rural,
    -- A quarter counts in its own value and in those of the three quarters after it.
    (quarter_month + interval '9 months')::date as counted_until
from {{ source('landing', 'household_survey') }}
