{#- Generated from contracts/ and models/staging/_training.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'person_token'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'person_token']},
        {'columns': ['person_token']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'ended_month']},
    ],
    post_hook="{{ write_watermark('training') }}",
) }}

{{ record_revisions('training', ['record_id', 'source_system', 'person_token'], [
    'is_rural',
    'ended_month',
]) }}
