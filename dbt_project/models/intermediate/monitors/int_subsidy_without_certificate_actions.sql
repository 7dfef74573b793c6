-- Subsidies paid for a course without a certificate, whether or not the course has ended.
select
    'subsidy_without_certificate' as monitor_code,
    person_token || '/' || source_system || '/' || record_id as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    null::text as employer_token,
    null::text as project_code,
    coalesce(subsidy_paid_date, ended_date, started_date) as opened_on,
    null::date as due_on,
    1::bigint as persons,
    subsidy_paid_fen * 0.01 as amount_yuan,
    case
        when ended_date is null then 'not_ended'
        when has_passed then 'passed_without_certificate'
        else 'not_passed'
    end as reason_code
from {{ ref('int_training_records') }}
where
    is_current
    and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
    and (certificate_level = 'none' or certificate_date > {{ as_of_date() }})
    and subsidy_paid_fen > 0
    and coalesce(subsidy_paid_date, ended_date, started_date) <= {{ as_of_date() }}
