{{ config(meta={'touched': 'social_insurance_touched'}) }}

{%- set is_resident = "insurance_type = 'resident_pension'" %}
{%- set is_supported = is_resident ~ " and (is_low_income or is_severely_disabled)" %}

with contribution as (
    select
        township_code,
        period_month as first_month,
        period_until,
        coalesce(sum(contribution_subsidy_fen) filter (where {{ is_resident }}), 0) as subsidy_fen,
        coalesce(sum(contribution_paid_fen) filter (where {{ is_resident }}), 0) as paid_fen,
        count(*) filter (where {{ is_supported }}) as supported_persons,
        count(*) filter (where {{ is_supported }} and government_paid_fen > 0) as covered_persons
    from {{ ref('social_insurance_record') }}
    where
        is_current
        and record_kind = 'contribution'
    {%- if touched_only() %}
        and township_code in (select township_code from {{ ref('social_insurance_touched') }})
    {%- endif %}
    group by township_code, period_month, period_until
)

-- A row for each month that a contribution covers; the sums are of those that begin in it.
select
    period.township_code,
    period.period_month,
    {%- set begins = 'contribution.first_month = period.period_month' %}
    {{ measure('resident_subsidy_yuan', begins, aggregate='sum(contribution.subsidy_fen * 0.01)') }},
    {{ measure('resident_paid_yuan', begins, aggregate='sum(contribution.paid_fen * 0.01)') }},
    {{ measure('supported_persons', begins, aggregate='sum(contribution.supported_persons)') }},
    {{ measure('government_paid_persons', begins, aggregate='sum(contribution.covered_persons)') }}
from {{ ref('township_period') }} as period
{%- if touched_only() %}
inner join {{ ref('social_insurance_touched') }} as touched
    on
        period.township_code = touched.township_code
        and period.period_month = touched.period_month
{%- endif %}
inner join contribution
    on
        period.township_code = contribution.township_code
        and period.period_month >= contribution.first_month
        and period.period_month < contribution.period_until
group by period.township_code, period.period_month
