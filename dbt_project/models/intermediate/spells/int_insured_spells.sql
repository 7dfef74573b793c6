{{ config(
    meta={'changed_keys': 'int_changed_persons', 'stream': 'social_insurance'},
    indexes=[{'columns': ['person_token']}, {'columns': ['township_code']}],
) }}

with contribution as (
    select
        record.*,
        population.population
    from {{ ref('int_social_insurance_records') }} as record
    inner join (values ('all'), ('migrant_worker')) as population (population)
        on
            population.population = 'all'
            or (record.insurance_type = 'unemployment' and record.is_migrant_worker)
    where
        record.is_current
        and {{ is_changed(
            'int_insured_spells', 'int_changed_persons', ['person_token'], stream='social_insurance'
        ) }}
        and record.record_kind = 'contribution'
        and {{ paid_by_as_of(
            'record.contribution_paid_fen + coalesce(record.government_paid_fen, 0)',
            'record.paid_date',
        ) }} > 0
),

reached as (
    -- Months already covered by an earlier contribution are cut off, so that a person counts once
    -- in a month that several contributions cover.
    select
        *,
        max(period_until) over (
            partition by person_token, township_code, insurance_type, population
            order by period_month, record_id, source_system
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from contribution
)

select
    record_id,
    source_system,
    person_token,
    township_code,
    insurance_type,
    population,
    greatest(period_month, covered_before) as covered_from,
    period_until as covered_until
from reached
where period_until > coalesce(covered_before, period_month)
{{ cluster_by(['township_code', 'person_token']) }}
