{#- Generated from contracts/ and models/staging/_employment.yml by `make generate`. -#}
{{ config(
    indexes=[
        {'columns': ['record_id']},
        {'columns': ['person_token']},
        {'columns': ['_changed_load_id']},
    ],
    post_hook="{{ write_watermark('employment') }}",
) }}

{{ record_revisions('employment', [
    'is_urban',
    'is_rural',
], clustered_by=[
    'township_code',
    'person_token',
]) }}
