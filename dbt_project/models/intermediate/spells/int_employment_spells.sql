{{ config(
    meta={'changed_keys': 'int_changed_persons', 'stream': 'employment'},
    indexes=[
        {'columns': ['person_token']},
        {'columns': ['household_token']},
        {'columns': ['township_code']},
    ],
) }}

with ordered as (
    select
        record.*,
        lead(record.effective_date) over (
            partition by record.person_token
            order by record.effective_date, record.record_id, record.source_system
        ) as next_effective_date
    from {{ ref('int_employment_records') }} as record
    where record.is_current and {{ is_changed(
            'int_employment_spells', 'int_changed_persons', ['person_token'], stream='employment'
        ) }}
),

ended as (
    -- A spell lasts until it is closed or the next one begins; least() ignores nulls.
    select
        *,
        coalesce(least(end_date, next_effective_date - 1), date 'infinity') as last_date
    from ordered
)

select
    record_id,
    source_system,
    person_token,
    household_token,
    township_code,
    effective_date,
    last_date,
    status,
    employer_kind,
    post_type,
    channel,
    workplace_scope,
    is_urban_post,
    skill_level,
    graduation_year,
    is_urban,
    is_rural,
    is_graduate,
    is_migrant_worker,
    is_exited_poverty,
    is_monitored,
    is_low_income,
    is_hardship,
    is_disabled,
    is_veteran,
    is_relocated
from ended
where last_date >= effective_date
{{ cluster_by(['township_code', 'person_token']) }}
