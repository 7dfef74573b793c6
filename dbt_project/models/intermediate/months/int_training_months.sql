{%- set people = [
    'all', 'rural', 'graduate', 'migrant_worker', 'exited_poverty', 'low_income', 'hardship',
    'disabled', 'veteran', 'relocated',
] %}

with record as (
    {{ current_records('training', 'ended_date', 'ended_month') }}
),

ended as (
    select
        *,
        {{ paid_by_as_of('subsidy_paid_fen', 'subsidy_paid_date') }} as subsidy_fen,
        certificate_level <> 'none'
        and coalesce(certificate_date <= {{ as_of_date() }}, true) as has_certificate
    from record
)

-- A person counts once for each course completed (人次).
select
    township_code,
    ended_month as period_month,
    {{ measure('records', 'true') }},
    {{ measure('training_persons', 'true', people) }},
    {{ measure(
        'entrepreneurship_training_persons', "programme_kind = 'entrepreneurship'", people
    ) }},
    {{ measure('training_passed_persons', 'has_passed', people) }},
    {{ measure('training_certificate_persons', 'has_certificate', people) }},
    {{ measure('training_subsidised_persons', 'subsidy_fen > 0', people) }},
    {{ measure('training_subsidy_yuan', 'true', people, '0.01 * sum(subsidy_fen)') }},
    {{ measure('training_hours', 'true', people, 'sum(hours)') }}
from ended
group by township_code, ended_month
