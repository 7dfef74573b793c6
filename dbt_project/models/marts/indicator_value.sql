{{ config(materialized='view') }}

with size as (
    select
        ancestor_code as region_code,
        count(*) as townships
    from {{ ref('int_region_ancestors') }}
    where level = 'township'
    group by ancestor_code
)

select
    figure.indicator_code,
    figure.region_code,
    figure.population,
    figure.period_month,
    figure.value,
    figure.numerator,
    figure.denominator,
    indicators.unit,
    round(100.0 * figure.townships / size.townships, 4) as coverage_pct,
    case
        when (figure.period_month + interval '1 month')::date - 1 < {{ as_of_date() }} - 45
            then 'final'
        else 'provisional'
    end as status
from {{ ref('int_computed_months') }} as figure
inner join {{ ref('indicators') }} as indicators
    on figure.indicator_code = indicators.indicator_code
inner join size on figure.region_code = size.region_code
