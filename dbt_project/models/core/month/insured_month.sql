{%- set types = [
    'employee_pension', 'resident_pension', 'unemployment', 'work_injury', 'employee_medical',
    'resident_medical', 'long_term_care',
] %}

with alike as (
    -- Few months, many persons: alike spells are counted before they are spread over their months.
    select
        township_code,
        insurance_type,
        population,
        covered_from,
        covered_until,
        count(*) as persons
    from {{ ref('insured_spell') }}
    where {{ is_touched_township('social_insurance') }}
    group by township_code, insurance_type, population, covered_from, covered_until
)

select
    period.township_code,
    period.period_month,
    {%- for type in types %}
    {{ measure(
        type ~ '_insured_persons', "insurance_type = '" ~ type ~ "' and population = 'all'",
        aggregate='sum(alike.persons)'
    ) }},
    {%- endfor %}
    {{ measure(
        'pension_insured_persons', "insurance_type in ('employee_pension', 'resident_pension')",
        aggregate='sum(alike.persons)'
    ) }},
    sum(alike.persons) filter (
        where population = 'migrant_worker'
    ) as unemployment_insured_persons__migrant_worker
from {{ ref('township_period') }} as period
inner join alike
    on
        period.township_code = alike.township_code
        and period.period_month >= alike.covered_from
        and period.period_month < alike.covered_until
where {{ is_touched_month('social_insurance') }}
group by period.township_code, period.period_month
