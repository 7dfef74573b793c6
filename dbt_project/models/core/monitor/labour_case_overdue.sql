-- Cases still open after their legal limit.
select
    {{ action(
        'labour_case_overdue',
        subject='record_id',
        employer='employer_token',
        opened_on='due_date + 1',
        due_on='due_date',
        persons='workers_persons',
        amount_yuan='greatest(claimed_fen - recovered_fen, 0) * 0.01',
        reason='case_kind',
    ) }}
from {{ ref('labour_case_record') }}
where
    is_current
    and due_date < {{ as_of_date() }}
    and coalesce(closed_date, date 'infinity') > {{ as_of_date() }}
