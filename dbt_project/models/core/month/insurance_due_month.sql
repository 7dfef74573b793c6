{{ config(meta={'touched': 'social_insurance_touched'}) }}

{%- set benefits = {
    'employee_pension': 'employee_pension',
    'resident_pension': 'resident_pension',
    'unemployment': 'unemployment_benefit',
} %}

select
    record.township_code,
    record.due_month as period_month,
    {%- for type, name in benefits.items() %}
    {%- set paid_out = "record_kind = 'benefit' and insurance_type = '" ~ type ~ "'" %}
    {%- set due = paid_out ~ ' and benefit_due_fen > 0' %}
    {{ measure(name ~ '_due_payments', due) }},
    {{ measure(
        name ~ '_on_time_full_payments',
        due ~ ' and benefit_paid_fen >= benefit_due_fen and paid_date <= record.due_date'
    ) }},
    {{ measure(name ~ '_missed_payments', due ~ ' and benefit_paid_fen = 0') }},
    {{ measure(name ~ '_wrong_payments', paid_out ~ ' and benefit_paid_fen > benefit_due_fen') }},
    {{ measure(name ~ '_due_yuan', paid_out, aggregate='sum(benefit_due_fen * 0.01)') }},
    {%- endfor %}
    {{ measure(
        'resident_pension_at_standard_payments',
        "record_kind = 'benefit' and insurance_type = 'resident_pension' and benefit_due_fen > 0"
        ~ " and benefit_due_fen >= standard.value * 100"
    ) }},
    {{ measure(
        'contribution_due_yuan',
        "record_kind = 'contribution'",
        aggregate='sum(contribution_due_fen * 0.01)'
    ) }},
    {{ measure(
        'contribution_collected_yuan',
        "record_kind = 'contribution'",
        aggregate='sum(least(contribution_paid_fen + coalesce(government_paid_fen, 0),'
        ~ ' contribution_due_fen) * 0.01)'
    ) }}
from {{ ref('social_insurance_record') }} as record
inner join {{ ref('township_period') }} as period
    on record.township_code = period.township_code and record.due_month = period.period_month
{%- if touched_only() %}
inner join {{ ref('social_insurance_touched') }} as touched
    on record.township_code = touched.township_code and record.due_month = touched.period_month
{%- endif %}
left join {{ ref('township_standard') }} as standard
    on
        standard.standard = 'resident_basic_pension_minimum'
        and record.township_code = standard.township_code
        and record.period_month between standard.valid_from and standard.valid_until
where record.is_current and record.due_date <= period.period_end
group by record.township_code, record.due_month
