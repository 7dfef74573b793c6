-- Unemployed persons who refused three offers; open since the revision that first said so.
select
    {{ action(
        'three_refusals',
        subject='spell.person_token',
        region='spell.township_code',
        person='spell.person_token',
        household='spell.household_token',
        opened_on='least(refused.refused_on, ' ~ as_of_date() ~ ')',
        reason="case when spell.is_low_income then 'low_income' else 'unemployed' end",
    ) }}
from {{ ref('employment_spell') }} as spell
inner join {{ ref('employment_record') }} as record
    on spell.record_id = record.record_id and record.is_current
cross join
    lateral (
        select min((revision.recorded_at at time zone 'Asia/Shanghai')::date) as refused_on
        from {{ ref('employment_record') }} as revision
        where revision.record_id = spell.record_id and revision.refused_offers_count >= 3
    ) as refused
where
    {{ as_of_date() }} between spell.effective_date and spell.last_date
    and {{ is_listed_person('spell.person_token') }}
    and spell.status = 'unemployed'
    and record.refused_offers_count >= 3
