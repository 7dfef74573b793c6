{#- Generated from contracts/ and models/staging/_training.yml by `make generate`. -#}
{{ config(materialized='ephemeral') }}

{{ changed_months('training', [
    'ended_month',
], counted_from=[
    'certificate_date',
    'subsidy_paid_date',
]) }}
