{%- set is_resident = "insurance_type = 'resident_pension'" %}
{%- set is_supported = is_resident ~ ' and (is_low_income or is_severely_disabled)' %}
{%- set begins = 'alike.first_month = period.period_month' %}

with alike as (
    select
        township_code,
        period_month as first_month,
        period_until,
        count(*) as records,
        sum(contribution_subsidy_fen) filter (where {{ is_resident }}) as subsidy_fen,
        sum(contribution_paid_fen) filter (where {{ is_resident }}) as paid_fen,
        count(*) filter (where {{ is_supported }}) as supported_persons,
        count(*) filter (where {{ is_supported }} and government_paid_fen > 0) as covered_persons
    from {{ ref('social_insurance_record') }}
    where
        is_current
        and record_kind = 'contribution'
        and {{ is_touched_township('social_insurance') }}
    group by township_code, period_month, period_until
)

-- `records` are the contributions that cover the month; the sums are of those that begin in it.
select
    period.township_code,
    period.period_month,
    {{ measure('records', 'true', aggregate='sum(alike.records)') }},
    {{ measure('resident_subsidy_yuan', begins, aggregate='sum(alike.subsidy_fen * 0.01)') }},
    {{ measure('resident_paid_yuan', begins, aggregate='sum(alike.paid_fen * 0.01)') }},
    {{ measure('supported_persons', begins, aggregate='sum(alike.supported_persons)') }},
    {{ measure('government_paid_persons', begins, aggregate='sum(alike.covered_persons)') }}
from {{ ref('township_period') }} as period
inner join alike
    on
        period.township_code = alike.township_code
        and period.period_month >= alike.first_month
        and period.period_month < alike.period_until
where {{ is_touched_month('social_insurance') }}
group by period.township_code, period.period_month
