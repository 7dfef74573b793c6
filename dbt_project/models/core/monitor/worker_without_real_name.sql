-- Construction workers whom the latest payroll of their site shows outside the real-name register;
-- open since the first month after the last that shows them in it.
with worker as (
    select
        person_token,
        project_code,
        township_code,
        (array_agg(employer_token order by wage_month desc, record_id desc))[1] as employer_token,
        max(due_month) as last_due_month,
        max(wage_month) as last_month,
        max(wage_month) filter (where is_real_name_registered) as last_registered_month,
        min(wage_month) as first_month
    from {{ ref('wage_payment_record') }}
    where
        is_current
        and {{ is_listed_person() }}
        and project_kind = 'construction'
        and project_code is not null
        and is_construction_worker
        and due_date <= {{ as_of_date() }}
    group by person_token, project_code, township_code
)

select
    {{ action(
        'worker_without_real_name',
        subject="person_token || '/' || project_code",
        person='person_token',
        employer='employer_token',
        project='project_code',
        opened_on="coalesce(last_registered_month + interval '1 month', first_month)",
        reason="case when last_registered_month is null then 'never' else 'dropped' end",
    ) }}
from worker
where
    last_due_month >= {{ last_seen_month() }}
    and last_month > coalesce(last_registered_month, date '-infinity')
