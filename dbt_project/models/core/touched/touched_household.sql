{{ config(meta={'stream': 'employment'}) }}

-- Households that a person with a changed record has been in: all spells of the person may move.
select distinct
    'employment' as stream,
    record.household_token
from {{ ref('touched_person') }} as touched_person
inner join {{ ref('employment_record') }} as record
    on touched_person.person_token = record.person_token
where touched_person.stream = 'employment'
