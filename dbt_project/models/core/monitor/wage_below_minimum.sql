-- Each month lapses two years after it was due. Where the conduct went on the law counts from its
-- end (劳动保障监察条例 art. 20) and reaches further back: what is listed is the least. What was owed
-- is what is missing to the minimum wage of the month worked.
with short as (
    select
        record.person_token,
        record.employer_token,
        record.township_code,
        min(record.due_date) as since,
        sum(standard.value - record.amount_due_fen * 0.01) as amount_yuan
    from {{ ref('wage_payment_record') }} as record
    inner join {{ ref('township_standard') }} as standard
        on
            record.township_code = standard.township_code
            and record.wage_month between standard.valid_from and standard.valid_until
    where
        standard.standard = 'minimum_wage_monthly'
        and record.is_current
        and {{ is_listed_person('record.person_token') }}
        and record.is_full_month
        and record.amount_due_fen < standard.value * 100
        and record.due_date <= {{ as_of_date() }}
        and record.due_date + interval '2 years' >= {{ as_of_date() }}
    group by record.person_token, record.employer_token, record.township_code
)

select
    {{ action(
        'wage_below_minimum',
        subject="person_token || '/' || employer_token",
        person='person_token',
        employer='employer_token',
        opened_on='since',
        due_on="since + interval '2 years'",
        amount_yuan='amount_yuan',
    ) }}
from short
