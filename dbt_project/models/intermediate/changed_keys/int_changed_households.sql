{{ config(meta={'stream': 'employment'}) }}

-- Households that a person with a changed record has been in: all spells of the person may change.
select distinct
    'employment' as stream,
    record.household_token
from {{ ref('int_changed_persons') }} as changed_person
inner join {{ ref('int_employment_records') }} as record
    on changed_person.person_token = record.person_token
where changed_person.stream = 'employment'
