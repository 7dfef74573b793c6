-- Wages due before the as-of date that were not paid in full by then.
select
    *,
    amount_due_fen - {{ paid_by_as_of('amount_paid_fen') }} as unpaid_fen
from {{ ref('int_wage_payment_records') }}
where
    is_current
    -- Two conditions that indexes answer; the exact one follows.
    and (is_unpaid or paid_date > {{ as_of_date() }})
    and {{ paid_by_as_of('amount_paid_fen') }} < amount_due_fen
    and {{ is_due() }}
