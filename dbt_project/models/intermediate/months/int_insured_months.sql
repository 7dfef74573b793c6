{%- set types = [
    'employee_pension', 'resident_pension', 'unemployment', 'work_injury', 'employee_medical',
    'resident_medical', 'long_term_care',
] %}

with grouped as (
    -- Equal spells are grouped before they are joined with their months: many persons, few months.
    select
        township_code,
        insurance_type,
        population,
        covered_from,
        covered_until,
        count(*) as persons
    from {{ ref('int_insured_spells') }}
    where {{ is_changed(
            'int_social_insurance_measures', 'int_changed_months', ['township_code'], stream='social_insurance'
        ) }}
    group by township_code, insurance_type, population, covered_from, covered_until
)

select
    period.township_code,
    period.period_month,
    {%- for type in types %}
    {{ measure(
        type ~ '_insured_persons', "insurance_type = '" ~ type ~ "' and population = 'all'",
        aggregate='sum(grouped.persons)'
    ) }},
    {%- endfor %}
    {{ measure(
        'pension_insured_persons', "insurance_type in ('employee_pension', 'resident_pension')",
        aggregate='sum(grouped.persons)'
    ) }},
    sum(grouped.persons) filter (
        where population = 'migrant_worker'
    ) as unemployment_insured_persons__migrant_worker
from {{ ref('int_township_periods') }} as period
inner join grouped
    on
        period.township_code = grouped.township_code
        and period.period_month >= grouped.covered_from
        and period.period_month < grouped.covered_until
where {{ is_changed(
        'int_social_insurance_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='social_insurance'
    ) }}
group by period.township_code, period.period_month
