-- Certificates whose subsidy has not been paid, or not in full.
with course as (
    select
        *,
        {{ paid_by_as_of('subsidy_paid_fen', 'subsidy_paid_date') }} as paid_fen
    from {{ ref('int_training_records') }}
    where
        is_current
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
        and certificate_level <> 'none'
        and coalesce(certificate_date, ended_date) <= {{ as_of_date() }}
)

select
    'certificate_without_subsidy' as monitor_code,
    person_token || '/' || source_system || '/' || record_id as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    null::text as employer_token,
    null::text as project_code,
    coalesce(certificate_date, ended_date) as opened_on,
    null::date as due_on,
    1::bigint as persons,
    (subsidy_due_fen - paid_fen) * 0.01 as amount_yuan,
    case when paid_fen = 0 then 'unpaid' else 'short' end as reason_code
from course
where paid_fen < subsidy_due_fen
