-- Workers of enterprises whom their latest payroll shows without a written contract, from a month
-- after they began; open since the first month after the last that shows one.
with worker as (
    select
        person_token,
        employer_token,
        township_code,
        max(due_month) as last_due_month,
        max(wage_month) as last_month,
        max(wage_month) filter (where has_labour_contract) as last_signed_month,
        min(wage_month) as first_month
    from {{ ref('wage_payment_record') }}
    where is_current and employer_kind = 'enterprise' and due_date <= {{ as_of_date() }}
    group by person_token, employer_token, township_code
)

select
    {{ action(
        'worker_without_contract',
        subject="person_token || '/' || employer_token",
        person='person_token',
        employer='employer_token',
        opened_on="coalesce(last_signed_month, first_month) + interval '1 month'",
        due_on="coalesce(last_signed_month, first_month) + interval '1 month'",
        reason="case when last_signed_month is null then 'never' else 'lapsed' end",
    ) }}
from worker
where
    last_due_month >= {{ last_seen_month() }}
    and last_month > coalesce(last_signed_month, date '-infinity')
    and coalesce(last_signed_month, first_month) + interval '1 month' <= {{ as_of_date() }}
