{%- set is_resident = "insurance_type = 'resident_pension'" %}
{%- set is_supported = is_resident ~ ' and (is_low_income or is_severely_disabled)' %}
{%- set begins = 'grouped.first_month = period.period_month' %}

with grouped as (
    select
        township_code,
        period_month as first_month,
        period_until,
        count(*) as records,
        sum({{ paid_by_as_of('contribution_subsidy_fen') }}) filter (
            where {{ is_resident }}
        ) as subsidy_fen,
        sum({{ paid_by_as_of('contribution_paid_fen') }}) filter (
            where {{ is_resident }}
        ) as paid_fen,
        count(*) filter (where {{ is_supported }}) as supported_persons,
        count(*) filter (
            where {{ is_supported }} and {{ paid_by_as_of('government_paid_fen') }} > 0
        ) as covered_persons
    from {{ ref('int_social_insurance_records') }}
    where
        is_current
        and record_kind = 'contribution'
        and {{ is_changed(
            'int_social_insurance_measures', 'int_changed_months', ['township_code'], stream='social_insurance'
        ) }}
    group by township_code, period_month, period_until
)

-- `records` counts the contributions that cover the month; the sums are of those that begin in it.
select
    period.township_code,
    period.period_month,
    {{ measure('records', 'true', aggregate='sum(grouped.records)') }},
    {{ measure('resident_subsidy_yuan', begins, aggregate='sum(grouped.subsidy_fen * 0.01)') }},
    {{ measure('resident_paid_yuan', begins, aggregate='sum(grouped.paid_fen * 0.01)') }},
    {{ measure('supported_persons', begins, aggregate='sum(grouped.supported_persons)') }},
    {{ measure('government_paid_persons', begins, aggregate='sum(grouped.covered_persons)') }}
from {{ ref('int_township_periods') }} as period
inner join grouped
    on
        period.township_code = grouped.township_code
        and period.period_month >= grouped.first_month
        and period.period_month < grouped.period_until
where {{ is_changed(
        'int_social_insurance_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='social_insurance'
    ) }}
group by period.township_code, period.period_month
