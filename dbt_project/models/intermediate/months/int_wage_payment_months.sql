{%- set watched = [
    'all', 'migrant_worker', 'construction_worker', 'teacher', 'public_welfare', 'exited_poverty',
] %}
{%- set earners = [
    'all', 'teacher', 'civil_servant', 'migrant_worker', 'exited_poverty', 'village_doctor',
] %}
{%- set enterprise = "employer_kind = 'enterprise'" %}

with record as (
    {{ due_records('wage_payment') }}
),

payment as (
    select
        record.*,
        {{ paid_by_as_of('record.amount_paid_fen', 'record.paid_date') }} as paid_fen,
        record.is_full_month and record.amount_due_fen < standard.value * 100 as is_below_minimum,
        record.project_kind = 'construction' as is_construction,
        record.project_kind = 'work_relief' as is_work_relief
    from record
    left join {{ ref('int_township_standards') }} as standard
        on
            standard.standard = 'minimum_wage_monthly'
            and record.township_code = standard.township_code
            and record.wage_month between standard.valid_from and standard.valid_until
)

select
    township_code,
    due_month as period_month,
    {{ measure('records', 'true') }},
    {{ measure('wage_due_payments', 'amount_due_fen > 0', watched) }},
    {{ measure(
        'wage_on_time_full_payments',
        'amount_due_fen > 0 and paid_fen >= amount_due_fen and paid_date <= due_date',
        watched
    ) }},
    {{ measure('wage_arrears_persons', 'paid_fen < amount_due_fen', watched) }},
    {{ measure(
        'wage_arrears_yuan', 'paid_fen < amount_due_fen', watched,
        '0.01 * sum(amount_due_fen - paid_fen)'
    ) }},
    {{ measure('full_month_payments', 'is_full_month', earners) }},
    {{ measure('full_month_wage_yuan', 'is_full_month', earners, '0.01 * sum(amount_due_fen)') }},
    {{ measure('below_minimum_wage_persons', 'is_below_minimum', ['all', 'intern']) }},
    {{ measure('construction_payments', 'is_construction') }},
    {{ measure('supervised_account_payments', 'is_construction and is_supervised_account') }},
    {{ measure('local_rural_payments', 'is_construction and is_local and is_migrant_worker') }},
    {{ measure('construction_worker_payments', 'is_construction and is_construction_worker') }},
    {{ measure(
        'real_name_payments',
        'is_construction and is_construction_worker and is_real_name_registered'
    ) }},
    {{ measure('work_relief_payments', 'is_work_relief') }},
    {{ measure('work_relief_exited_poverty_payments', 'is_work_relief and is_exited_poverty') }},
    {{ measure('work_relief_local_payments', 'is_work_relief and is_local') }},
    {{ measure(
        'work_relief_paid_yuan', 'is_work_relief', aggregate='0.01 * sum(paid_fen)'
    ) }},
    {{ measure('village_doctor_payments', 'is_village_doctor') }},
    {{ measure(
        'village_doctor_subsidy_yuan', 'is_village_doctor',
        aggregate='0.01 * sum(fiscal_subsidy_fen)'
    ) }},
    {{ measure('enterprise_payments', enterprise) }},
    {{ measure('labour_contract_payments', enterprise ~ ' and has_labour_contract') }}
from payment
group by township_code, due_month
