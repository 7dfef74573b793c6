{#- Generated from contracts/ and models/staging/_training.yml by `make generate`. -#}
{{ config(
    indexes=[
        {'columns': ['record_id']},
        {'columns': ['person_token']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'ended_month']},
    ],
    post_hook="{{ write_watermark('training') }}",
) }}

{{ record_revisions('training', [
    'is_rural',
    'ended_month',
]) }}
