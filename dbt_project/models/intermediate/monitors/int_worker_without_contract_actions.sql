-- Workers of enterprises without a written contract on their latest payroll. The contract is due a
-- month after the last day of the first month worked, because a payroll does not give the day;
-- after an earlier contract, in the first month without it.
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
    from {{ ref('int_wage_payment_records') }}
    where
        is_current
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
        and employer_kind = 'enterprise'
        and {{ is_due() }}
    group by person_token, employer_token, township_code
)

select
    'worker_without_contract' as monitor_code,
    person_token || '/' || employer_token as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    employer_token,
    null::text as project_code,
    due_on::date as opened_on,
    due_on::date as due_on,
    1::bigint as persons,
    null::numeric as amount_yuan,
    case when last_signed_month is null then 'never' else 'lapsed' end as reason_code
from worker
where
    last_due_month >= {{ last_seen_month() }}
    and last_month > coalesce(last_signed_month, date '-infinity')
    and {{ is_due('due_on') }}
