{#- Generated from contracts/ and models/staging/_social_insurance.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'person_token'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'person_token']},
        {'columns': ['person_token']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'due_month']},
    ],
    post_hook="{{ write_watermark('social_insurance') }}",
) }}

{{ record_revisions('social_insurance', ['record_id', 'source_system', 'person_token'], [
    'due_month',
    'period_until',
], clustered_by=[
    'township_code',
    'person_token',
]) }}
