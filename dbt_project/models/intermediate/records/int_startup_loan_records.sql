{#- Generated from contracts/ and models/staging/_startup_loan.yml by `make generate`. -#}
{{ config(
    indexes=[
        {'columns': ['record_id']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'granted_month']},
        {'columns': ['township_code', 'due_month']},
    ],
    post_hook="{{ write_watermark('startup_loan') }}",
) }}

{{ record_revisions('startup_loan', [
    'is_rural',
    'granted_month',
    'due_month',
]) }}
