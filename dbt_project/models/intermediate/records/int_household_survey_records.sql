{#- Generated from contracts/ and models/staging/_household_survey.yml by `make generate`. -#}
{{ config(
    indexes=[
        {'columns': ['record_id']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'quarter_month']},
    ],
    post_hook="{{ write_watermark('household_survey') }}",
) }}

{{ record_revisions('household_survey', [
    'is_urban',
    'is_rural',
    'counted_until',
]) }}
