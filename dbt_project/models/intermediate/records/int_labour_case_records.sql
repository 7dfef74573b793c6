{#- Generated from contracts/ and models/staging/_labour_case.yml by `make generate`. -#}
{{ config(
    indexes=[
        {'columns': ['record_id']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'due_month']},
    ],
    post_hook="{{ write_watermark('labour_case') }}",
) }}

{{ record_revisions('labour_case', [
    'due_date',
    'due_month',
]) }}
