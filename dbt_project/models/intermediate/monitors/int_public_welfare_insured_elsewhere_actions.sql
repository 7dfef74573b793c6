-- Another employer pays pension contributions for a month after the post began; of several
-- employers, that of the latest month is listed.
with holder as (
    select
        spell.person_token,
        spell.household_token,
        spell.township_code,
        paid.record_id,
        paid.source_system,
        paid.employer_token,
        paid.period_month,
        paid.period_until
    from {{ ref('int_employment_spells') }} as spell
    inner join {{ ref('int_employment_records') }} as post
        on
            spell.record_id = post.record_id
            and spell.source_system = post.source_system
            and spell.person_token = post.person_token
            and post.is_current
    inner join {{ ref('int_social_insurance_records') }} as paid
        on spell.person_token = paid.person_token and post.employer_token <> paid.employer_token
    where
        {{ as_of_date() }} between spell.effective_date and spell.last_date
        and {{ is_changed(
            'int_person_actions', 'int_changed_persons', ['spell.person_token']
        ) }}
        and spell.status = 'employed'
        and spell.post_type = 'public_welfare'
        and paid.is_current
        and paid.insurance_type = 'employee_pension'
        and {{ paid_by_as_of('paid.contribution_paid_fen', 'paid.paid_date') }} > 0
        and paid.period_month between spell.effective_date and {{ as_of_date() }}
)

select
    'public_welfare_insured_elsewhere' as monitor_code,
    person_token as subject,
    township_code as region_code,
    person_token,
    household_token,
    (
        array_agg(employer_token order by period_month desc, record_id desc, source_system desc)
    )[1] as employer_token,
    null::text as project_code,
    min(period_month) as opened_on,
    null::date as due_on,
    1::bigint as persons,
    null::numeric as amount_yuan,
    null::text as reason_code
from holder
group by person_token, household_token, township_code
having max(period_until) > {{ last_seen_month() }}
