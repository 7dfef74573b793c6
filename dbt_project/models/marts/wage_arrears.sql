with unpaid as (
    select
        coalesce(project_code, '') as project_code,
        employer_token,
        township_code,
        count(distinct person_token) as workers_persons,
        sum(unpaid_fen) * 0.01 as unpaid_yuan,
        min(due_date) as oldest_due_date
    from {{ ref('int_wages_in_arrears') }}
    group by coalesce(project_code, ''), employer_token, township_code
)

select
    project_code,
    employer_token,
    township_code,
    workers_persons,
    unpaid_yuan,
    oldest_due_date,
    {{ as_of_date() }} - oldest_due_date as days_late,
    -- Arrears of ten workers or more are group arrears.
    workers_persons >= 10 as is_group
from unpaid
