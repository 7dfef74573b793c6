-- Certificates for which a subsidy is due that has not been paid, or not in full.
select
    {{ action(
        'certificate_without_subsidy',
        subject='record_id',
        person='person_token',
        opened_on='coalesce(certificate_date, ended_date)',
        amount_yuan='(subsidy_due_fen - subsidy_paid_fen) * 0.01',
        reason="case when subsidy_paid_fen = 0 then 'unpaid' else 'short' end",
    ) }}
from {{ ref('training_record') }}
where
    is_current
    and {{ is_listed_person() }}
    and certificate_level <> 'none'
    and subsidy_paid_fen < subsidy_due_fen
    and coalesce(certificate_date, ended_date) <= {{ as_of_date() }}
