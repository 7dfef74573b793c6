{#- Generated from contracts/ and models/staging/_startup_loan.yml by `make generate`. -#}
{{ config(materialized='ephemeral') }}

{{ changed_months('startup_loan', [
    'granted_month',
    'due_month',
]) }}
