select
    {{ landing_columns('social_insurance') }},
    date_trunc('month', due_date)::date as due_month,
    (period_month + period_months * interval '1 month')::date as period_until
from {{ source('landing', 'social_insurance') }}
