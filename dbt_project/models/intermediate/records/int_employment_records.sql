{#- Generated from contracts/ and models/staging/_employment.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'person_token'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'person_token']},
        {'columns': ['person_token']},
        {'columns': ['_changed_load_id']},
    ],
    post_hook="{{ write_watermark('employment') }}",
) }}

{{ record_revisions('employment', ['record_id', 'source_system', 'person_token'], [
    'is_urban',
    'is_rural',
], clustered_by=[
    'township_code',
    'person_token',
]) }}
