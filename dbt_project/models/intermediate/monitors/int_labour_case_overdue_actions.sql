-- Cases still open after their legal limit.
select
    'labour_case_overdue' as monitor_code,
    employer_token || '/' || source_system || '/' || record_id as subject,
    township_code as region_code,
    null::text as person_token,
    null::text as household_token,
    employer_token,
    null::text as project_code,
    due_date + 1 as opened_on,
    due_date as due_on,
    workers_persons::bigint as persons,
    greatest(claimed_fen - recovered_fen, 0) * 0.01 as amount_yuan,
    case_kind as reason_code
from {{ ref('int_labour_case_records') }}
where
    is_current
    and {{ is_due() }}
    and coalesce(closed_date, date 'infinity') > {{ as_of_date() }}
