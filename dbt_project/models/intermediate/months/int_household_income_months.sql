{%- set people = ['all', 'urban', 'rural', 'exited_poverty', 'low_income'] %}
{%- set sources = ['wage', 'business', 'property', 'transfer'] %}

with counted as (
    -- The value of a quarter is of four quarters, weighted by the households represented.
    select
        record.*,
        period.period_month,
        {% for source in sources -%}
        0.00001 * record.{{ source }}_income_fen * record.weight_permille as {{ source }}_yuan,
        {% endfor -%}
        0.001 * record.persons * record.weight_permille as weighted_persons
    from {{ ref('int_household_survey_records') }} as record
    inner join {{ ref('int_township_periods') }} as period
        on
            record.township_code = period.township_code
            and period.period_month between record.quarter_month and record.counted_until
    where
        record.is_current
        and extract(month from period.period_month) in (3, 6, 9, 12)
        and {{ is_changed(
        'int_household_survey_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='household_survey'
    ) }}
)

select
    township_code,
    period_month,
    {{ measure('records', 'true') }},
    {{ measure('survey_persons', 'true', people, 'sum(weighted_persons)') }},
    {%- for source in sources %}
    {{ measure(source ~ '_income_yuan', 'true', people, 'sum(' ~ source ~ '_yuan)') }},
    {%- endfor %}
    {{ measure(
        'disposable_income_yuan', 'true', people,
        'sum(wage_yuan + business_yuan + property_yuan + transfer_yuan)'
    ) }}
from counted
group by township_code, period_month
