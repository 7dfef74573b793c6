-- Subsidies paid for a course that ended, or has not ended yet, without a certificate.
select
    {{ action(
        'subsidy_without_certificate',
        subject='record_id',
        person='person_token',
        opened_on='coalesce(subsidy_paid_date, ended_date, started_date)',
        amount_yuan='subsidy_paid_fen * 0.01',
        reason="case
            when ended_date is null then 'not_ended'
            when has_passed then 'passed_without_certificate'
            else 'not_passed'
        end",
    ) }}
from {{ ref('training_record') }}
where
    is_current
    and {{ is_listed_person() }}
    and certificate_level = 'none'
    and subsidy_paid_fen > 0
    and coalesce(subsidy_paid_date, ended_date, started_date) <= {{ as_of_date() }}
