select
    {{ landing_columns('wage_payment') }},
    date_trunc('month', due_date)::date as due_month,
    amount_paid_fen < amount_due_fen as is_unpaid,
    occupation = 'construction_worker' as is_construction_worker,
    occupation = 'teacher' as is_teacher,
    occupation = 'civil_servant' as is_civil_servant,
    occupation = 'village_doctor' as is_village_doctor,
    post_type = 'public_welfare' as is_public_welfare,
    post_type = 'internship' as is_intern
from {{ source('landing', 'wage_payment') }}
