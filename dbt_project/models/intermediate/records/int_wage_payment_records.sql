{#- Generated from contracts/ and models/staging/_wage_payment.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'person_token'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'person_token']},
        {'columns': ['person_token']},
        {'columns': ['is_unpaid']},
        {'columns': ['paid_date']},
        {'columns': ['_changed_load_id']},
        {'columns': ['township_code', 'due_month']},
    ],
    post_hook="{{ write_watermark('wage_payment') }}",
) }}

{{ record_revisions('wage_payment', ['record_id', 'source_system', 'person_token'], [
    'due_month',
    'is_unpaid',
    'is_construction_worker',
    'is_teacher',
    'is_civil_servant',
    'is_village_doctor',
    'is_public_welfare',
    'is_intern',
], clustered_by=[
    'township_code',
    'due_month',
]) }}
