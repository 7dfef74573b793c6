{{ config(materialized='ephemeral') }}

-- A changed spell moves the ends of its neighbours, which may be in other townships.
with changed as (
    select
        record.township_code,
        min(touched_person.first_date) as first_date
    from {{ ref('touched_person') }} as touched_person
    inner join {{ ref('employment_record') }} as record
        on touched_person.person_token = record.person_token
    where touched_person.stream = 'employment'
    group by record.township_code
)

select
    period.township_code,
    period.period_month
from changed
inner join {{ ref('township_period') }} as period
    on changed.township_code = period.township_code and changed.first_date <= period.period_end
