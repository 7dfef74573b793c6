-- Held without another status in between; whoever was 45 or older at the beginning may be within
-- five years of retirement, for whom the term can be extended.
with spell as (
    select
        *,
        max(last_date) filter (
            where status <> 'employed' or post_type <> 'public_welfare'
        ) over (partition by person_token) as other_until
    from {{ ref('employment_spell') }}
    where effective_date <= {{ as_of_date() }} and {{ is_listed_person() }}
),

held as (
    select
        *,
        min(effective_date) over (partition by person_token) as held_since
    from spell
    where effective_date > coalesce(other_until, date '-infinity')
)

select
    {{ action(
        'public_welfare_term',
        subject='held.person_token',
        region='held.township_code',
        person='held.person_token',
        household='held.household_token',
        employer='record.employer_token',
        opened_on="held.held_since + interval '3 years'",
        due_on="held.held_since + interval '3 years' - interval '1 day'",
        reason="case
            when extract(year from held.held_since) - record.birth_year >= 45 then 'may_be_extended'
            else 'term_over'
        end",
    ) }}
from held
inner join {{ ref('employment_record') }} as record
    on held.record_id = record.record_id and record.is_current
where
    held.last_date >= {{ as_of_date() }}
    and held.held_since + interval '3 years' <= {{ as_of_date() }}
