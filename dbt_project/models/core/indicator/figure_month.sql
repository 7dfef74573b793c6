{{ config(materialized='ephemeral') }}

-- Every figure a target may be measured by: those of the catalogue, and what offices report of a
-- target, under the target's own name; with the month it is of.
select
    region_code,
    period_month,
    indicator_code,
    population,
    value,
    numerator,
    denominator,
    townships,
    period_month as known_month
from {{ ref('computed_month') }}

union all

select
    region_code,
    period_month,
    indicator_code,
    population,
    value,
    numerator,
    denominator,
    townships,
    known_month
from {{ ref('reported_month') }}
