{#- Generated from contracts/ by `make generate`. -#}
{{ reused_record_ids({
    'employment': 'person_token',
    'household_survey': 'household_token',
    'labour_case': 'employer_token',
    'reported_figure': 'figure_code',
    'social_insurance': 'person_token',
    'startup_loan': 'person_token',
    'training': 'person_token',
    'wage_payment': 'person_token',
}) }}
