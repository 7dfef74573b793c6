select
    {{ landing_columns('reported_figure') }},
    date_trunc('month', period_end_date)::date as period_month,
    value_ten_thousandths / 10000.0 as value
from {{ source('landing', 'reported_figure') }}
