{{ config(meta={'touched': 'social_insurance_touched'}) }}

{%- set types = [
    'employee_pension', 'resident_pension', 'unemployment', 'work_injury', 'employee_medical',
    'resident_medical', 'long_term_care',
] %}

with insured as (
    -- Few months, many persons: count alike spells before spreading them over the months they cover.
    select
        township_code,
        insurance_type,
        population,
        covered_from,
        covered_until,
        count(*) as persons
    from {{ ref('insured_spell') }}
    {%- if touched_only() %}
    where township_code in (select township_code from {{ ref('social_insurance_touched') }})
    {%- endif %}
    group by township_code, insurance_type, population, covered_from, covered_until
)

select
    period.township_code,
    period.period_month,
    {%- for type in types %}
    {{ measure(
        type ~ '_insured_persons',
        "insurance_type = '" ~ type ~ "' and population = 'all'",
        aggregate='sum(insured.persons)',
    ) }},
    {%- endfor %}
    {{ measure(
        'pension_insured_persons',
        "insurance_type in ('employee_pension', 'resident_pension')",
        aggregate='sum(insured.persons)',
    ) }},
    sum(insured.persons) filter (
        where population = 'migrant_worker'
    ) as unemployment_insured_persons__migrant_worker
from {{ ref('township_period') }} as period
{%- if touched_only() %}
inner join {{ ref('social_insurance_touched') }} as touched
    on
        period.township_code = touched.township_code
        and period.period_month = touched.period_month
{%- endif %}
inner join insured
    on
        period.township_code = insured.township_code
        and period.period_month >= insured.covered_from
        and period.period_month < insured.covered_until
group by period.township_code, period.period_month
