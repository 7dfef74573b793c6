{%- set benefits = {
    'employee_pension': 'employee_pension',
    'resident_pension': 'resident_pension',
    'unemployment': 'unemployment_benefit',
} %}

with due_record as (
    {{ due_records('social_insurance') }}
),

record as (
    select
        *,
        {{ paid_by_as_of('benefit_paid_fen') }} as benefit_fen,
        {{ paid_by_as_of('contribution_paid_fen + coalesce(government_paid_fen, 0)') }}
            as contribution_fen
    from due_record
),

due as (
    select
        record.township_code,
        record.due_month,
        record.record_kind,
        record.insurance_type,
        count(*) as records,
        count(*) filter (where benefit_due_fen > 0) as payments,
        count(*) filter (
            where
            benefit_due_fen > 0
            and benefit_fen >= benefit_due_fen
            and paid_date <= record.due_date
        ) as on_time_full_payments,
        count(*) filter (where benefit_due_fen > 0 and benefit_fen = 0) as missed_payments,
        count(*) filter (where benefit_fen > benefit_due_fen) as wrong_payments,
        count(*) filter (
            where benefit_due_fen > 0 and benefit_due_fen >= standard.value * 100
        ) as at_standard_payments,
        sum(benefit_due_fen) * 0.01 as due_yuan,
        sum(contribution_due_fen) * 0.01 as contribution_due_yuan,
        sum(least(contribution_fen, contribution_due_fen)) * 0.01 as contribution_collected_yuan
    from record
    left join {{ ref('int_township_standards') }} as standard
        on
            standard.standard = 'resident_basic_pension_minimum'
            and record.township_code = standard.township_code
            and record.period_month between standard.valid_from and standard.valid_until
    group by record.township_code, record.due_month, record.record_kind, record.insurance_type
)

select
    township_code,
    due_month as period_month,
    {{ measure('records', 'true', aggregate='sum(records)') }},
    {%- for type, name in benefits.items() %}
    {%- set paid_out = "record_kind = 'benefit' and insurance_type = '" ~ type ~ "'" %}
    {{ measure(name ~ '_due_payments', paid_out, aggregate='sum(payments)') }},
    {{ measure(
        name ~ '_on_time_full_payments', paid_out, aggregate='sum(on_time_full_payments)'
    ) }},
    {{ measure(name ~ '_missed_payments', paid_out, aggregate='sum(missed_payments)') }},
    {{ measure(name ~ '_wrong_payments', paid_out, aggregate='sum(wrong_payments)') }},
    {{ measure(name ~ '_due_yuan', paid_out, aggregate='sum(due_yuan)') }},
    {%- endfor %}
    {{ measure(
        'resident_pension_at_standard_payments',
        "record_kind = 'benefit' and insurance_type = 'resident_pension'",
        aggregate='sum(at_standard_payments)'
    ) }},
    {{ measure(
        'contribution_due_yuan', "record_kind = 'contribution'",
        aggregate='sum(contribution_due_yuan)'
    ) }},
    {{ measure(
        'contribution_collected_yuan', "record_kind = 'contribution'",
        aggregate='sum(contribution_collected_yuan)'
    ) }}
from due
group by township_code, due_month
