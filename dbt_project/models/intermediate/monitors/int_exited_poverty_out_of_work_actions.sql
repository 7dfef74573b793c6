-- Persons of exited-poverty households who had work and have none now: unemployed, out of the
-- labour force although able to work, or without a current record.
with spell as (
    select
        *,
        max(last_date) filter (where status = 'employed') over (
            partition by person_token
        ) as last_worked_on,
        row_number() over (
            partition by person_token
            order by effective_date desc, record_id desc, source_system desc
        ) = 1 as is_latest
    from {{ ref('int_employment_spells') }}
    where
        effective_date <= {{ as_of_date() }}
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
)

select
    'exited_poverty_out_of_work' as monitor_code,
    spell.person_token as subject,
    spell.township_code as region_code,
    spell.person_token,
    spell.household_token,
    null::text as employer_token,
    null::text as project_code,
    spell.last_worked_on + 1 as opened_on,
    null::date as due_on,
    1::bigint as persons,
    null::numeric as amount_yuan,
    case
        when spell.last_date < {{ as_of_date() }} then 'not_known_of'
        when spell.status = 'unemployed' then 'unemployed'
        else 'left_labour_force'
    end as reason_code
from spell
inner join {{ ref('int_employment_records') }} as record
    on
        spell.record_id = record.record_id
        and spell.source_system = record.source_system
        and spell.person_token = record.person_token
        and record.is_current
where
    spell.is_latest
    and spell.is_exited_poverty
    and spell.last_worked_on < {{ as_of_date() }}
    and record.has_working_capacity
