-- The claim for a month lapses two years after it was due. For continuing conduct the law counts
-- from its end (劳动保障监察条例 art. 20), so the amount listed is a lower bound. The amount is the
-- difference from the minimum wage of the month worked.
-- Materialized, because the planner would otherwise search the payments township by township.
with payment as materialized (
    select
        person_token,
        employer_token,
        township_code,
        wage_month,
        due_date,
        amount_due_fen
    from {{ ref('int_wage_payment_records') }}
    where
        is_current
        and {{ is_changed('int_person_actions', 'int_changed_persons', ['person_token']) }}
        and is_full_month
        and {{ is_due() }}
        and due_date + interval '2 years' >= {{ as_of_date() }}
),

short as (
    select
        payment.person_token,
        payment.employer_token,
        payment.township_code,
        min(payment.due_date) as since,
        sum(standard.value - payment.amount_due_fen * 0.01) as amount_yuan
    from payment
    inner join {{ ref('int_township_standards') }} as standard
        on
            payment.township_code = standard.township_code
            and payment.wage_month between standard.valid_from and standard.valid_until
    where
        standard.standard = 'minimum_wage_monthly'
        and payment.amount_due_fen < standard.value * 100
    group by payment.person_token, payment.employer_token, payment.township_code
)

select
    'wage_below_minimum' as monitor_code,
    person_token || '/' || employer_token as subject,
    township_code as region_code,
    person_token,
    null::text as household_token,
    employer_token,
    null::text as project_code,
    since as opened_on,
    (since + interval '2 years')::date as due_on,
    1::bigint as persons,
    amount_yuan,
    null::text as reason_code
from short
