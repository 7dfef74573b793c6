-- Construction workers outside the real-name register on the latest payroll of their site, since
-- the first month after they were last in it.
with worker as (
    select
        person_token,
        project_code,
        township_code,
        (
            array_agg(employer_token order by wage_month desc, record_id desc, source_system desc)
        )[1] as employer_token,
        max(due_month) as last_due_month,
        max(wage_month) as last_month,
        max(wage_month) filter (where is_real_name_registered) as last_registered_month,
        min(wage_month) as first_month
    from {{ ref('int_wage_payment_records') }}
    where
        is_current
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
        and project_kind = 'construction'
        and project_code is not null
        and is_construction_worker
        and {{ is_due() }}
    group by person_token, project_code, township_code
)

select
    'worker_without_real_name' as monitor_code,
    person_token || '/' || project_code as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    employer_token,
    project_code,
    coalesce(last_registered_month + interval '1 month', first_month)::date as opened_on,
    null::date as due_on,
    1::bigint as persons,
    null::numeric as amount_yuan,
    case when last_registered_month is null then 'never' else 'dropped' end as reason_code
from worker
where
    last_due_month >= {{ last_seen_month() }}
    and last_month > coalesce(last_registered_month, date '-infinity')
