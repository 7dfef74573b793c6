-- Persons of exited-poverty households who had work and have none now, whether they look for it,
-- left the labour force though they could work, or are no longer known of.
with spell as (
    select
        *,
        max(last_date) filter (where status = 'employed') over (
            partition by person_token
        ) as last_worked_on,
        row_number() over (
            partition by person_token order by effective_date desc, record_id desc
        ) = 1 as is_latest
    from {{ ref('employment_spell') }}
    where effective_date <= {{ as_of_date() }} and {{ is_listed_person() }}
)

select
    {{ action(
        'exited_poverty_out_of_work',
        subject='spell.person_token',
        region='spell.township_code',
        person='spell.person_token',
        household='spell.household_token',
        opened_on='spell.last_worked_on + 1',
        reason="case
            when spell.last_date < " ~ as_of_date() ~ " then 'not_known_of'
            when spell.status = 'unemployed' then 'unemployed'
            else 'left_labour_force'
        end",
    ) }}
from spell
inner join {{ ref('employment_record') }} as record
    on spell.record_id = record.record_id and record.is_current
where
    spell.is_latest
    and spell.is_exited_poverty
    and spell.last_worked_on < {{ as_of_date() }}
    and record.has_working_capacity
