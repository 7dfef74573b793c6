{#- Generated from contracts/ and models/staging/_labour_case.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'employer_token'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'employer_token']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'due_month']},
    ],
    post_hook="{{ write_watermark('labour_case') }}",
) }}

{{ record_revisions('labour_case', ['record_id', 'source_system', 'employer_token'], [
    'due_date',
    'due_month',
]) }}
