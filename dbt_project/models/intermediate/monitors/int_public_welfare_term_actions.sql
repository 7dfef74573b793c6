-- The post has lasted without another status in between. The term of persons aged 45 or more at its
-- beginning may be extended, because they may be within five years of retirement.
with spell as (
    select
        *,
        max(last_date) filter (
            where status <> 'employed' or post_type <> 'public_welfare'
        ) over (partition by person_token) as other_until
    from {{ ref('int_employment_spells') }}
    where
        effective_date <= {{ as_of_date() }}
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
),

post as (
    select
        *,
        min(effective_date) over (partition by person_token) as first_date
    from spell
    where effective_date > coalesce(other_until, date '-infinity')
)

select
    'public_welfare_term' as monitor_code,
    post.person_token as subject,
    post.township_code as region_code,
    post.person_token,
    post.household_token,
    record.employer_token,
    null::text as project_code,
    (post.first_date + interval '3 years')::date as opened_on,
    (post.first_date + interval '3 years' - interval '1 day')::date as due_on,
    1::bigint as persons,
    null::numeric as amount_yuan,
    case
        when extract(year from post.first_date) - record.birth_year >= 45 then 'may_be_extended'
        else 'term_over'
    end as reason_code
from post
inner join {{ ref('int_employment_records') }} as record
    on
        post.record_id = record.record_id
        and post.source_system = record.source_system
        and post.person_token = record.person_token
        and record.is_current
where
    post.last_date >= {{ as_of_date() }}
    and post.first_date + interval '3 years' <= {{ as_of_date() }}
