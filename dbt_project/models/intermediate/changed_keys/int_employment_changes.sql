{{ config(materialized='ephemeral') }}

-- A changed spell changes the ends of adjacent spells, which may be in other townships.
with changed as (
    select
        record.township_code,
        min(changed_person.first_date) as first_date
    from {{ ref('int_changed_persons') }} as changed_person
    inner join {{ ref('int_employment_records') }} as record
        on changed_person.person_token = record.person_token
    where changed_person.stream = 'employment'
    group by record.township_code
)

select
    period.township_code,
    period.period_month
from changed
inner join {{ ref('int_township_periods') }} as period
    on changed.township_code = period.township_code and changed.first_date <= period.period_end
