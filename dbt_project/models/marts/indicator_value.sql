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
    computed.indicator_code,
    computed.region_code,
    computed.population,
    computed.period_month,
    computed.value,
    computed.numerator,
    computed.denominator,
    indicators.unit,
    round(100.0 * computed.townships / size.townships, 4) as coverage_pct,
    case
        when (computed.period_month + interval '1 month')::date - 1 < {{ as_of_date() }} - 45
            then 'final'
        else 'provisional'
    end as status
from {{ ref('int_computed_months') }} as computed
inner join {{ ref('indicators') }} as indicators
    on computed.indicator_code = indicators.indicator_code
inner join size on computed.region_code = size.region_code
