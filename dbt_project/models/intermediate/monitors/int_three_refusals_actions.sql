-- Unemployed persons who refused three offers; open since the first revision that records it.
select
    'three_refusals' as monitor_code,
    spell.person_token as subject,
    spell.township_code as region_code,
    spell.person_token,
    spell.household_token,
    null::text as employer_token,
    null::text as project_code,
    least(refusal.refused_on, {{ as_of_date() }}) as opened_on,
    null::date as due_on,
    1::bigint as persons,
    null::numeric as amount_yuan,
    case when spell.is_low_income then 'low_income' else 'unemployed' end as reason_code
from {{ ref('int_employment_spells') }} as spell
inner join {{ ref('int_employment_records') }} as record
    on
        spell.record_id = record.record_id
        and spell.source_system = record.source_system
        and spell.person_token = record.person_token
        and record.is_current
cross join
    lateral (
        select min((revision.recorded_at at time zone 'Asia/Shanghai')::date) as refused_on
        from {{ ref('int_employment_records') }} as revision
        where
            revision.record_id = spell.record_id
            and revision.source_system = spell.source_system
            and revision.person_token = spell.person_token
            and revision.refused_offers_count >= 3
    ) as refusal
where
    {{ as_of_date() }} between spell.effective_date and spell.last_date
    and {{ is_changed(
            'int_person_actions', 'int_changed_persons', ['spell.person_token']
        ) }}
    and spell.status = 'unemployed'
    and record.refused_offers_count >= 3
