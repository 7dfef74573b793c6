{#- Generated from contracts/ and models/staging/_household_survey.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'household_token'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'household_token']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'quarter_month']},
    ],
    post_hook="{{ write_watermark('household_survey') }}",
) }}

{{ record_revisions('household_survey', ['record_id', 'source_system', 'household_token'], [
    'is_urban',
    'is_rural',
    'counted_until',
]) }}
