-- Workers of enterprises whom their latest payroll shows without a written contract, from a month
-- after the last day they can have begun on, for a payroll names no day; who had one, since the
-- first month after the last that shows it.
with worker as (
    select
        person_token,
        employer_token,
        township_code,
        max(due_month) as last_due_month,
        max(wage_month) as last_month,
        max(wage_month) filter (where has_labour_contract) as last_signed_month,
        coalesce(
            max(wage_month) filter (where has_labour_contract) + interval '1 month',
            min(wage_month) + interval '2 months'
        ) as due_on
    from {{ ref('wage_payment_record') }}
    where
        is_current
        and {{ is_listed_person() }}
        and employer_kind = 'enterprise'
        and due_date <= {{ as_of_date() }}
    group by person_token, employer_token, township_code
)

select
    {{ action(
        'worker_without_contract',
        subject="person_token || '/' || employer_token",
        person='person_token',
        employer='employer_token',
        opened_on='due_on',
        due_on='due_on',
        reason="case when last_signed_month is null then 'never' else 'lapsed' end",
    ) }}
from worker
where
    last_due_month >= {{ last_seen_month() }}
    and last_month > coalesce(last_signed_month, date '-infinity')
    and due_on <= {{ as_of_date() }}
