{#- Generated from contracts/ and models/staging/_startup_loan.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'person_token'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'person_token']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'granted_month']},
        {'columns': ['township_code', 'due_month']},
    ],
    post_hook="{{ write_watermark('startup_loan') }}",
) }}

{{ record_revisions('startup_loan', ['record_id', 'source_system', 'person_token'], [
    'is_rural',
    'granted_month',
    'due_month',
]) }}
