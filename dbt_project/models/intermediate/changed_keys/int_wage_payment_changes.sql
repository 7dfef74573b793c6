{#- Generated from contracts/ and models/staging/_wage_payment.yml by `make generate`. -#}
{{ config(materialized='ephemeral') }}

{{ changed_months('wage_payment', [
    'due_month',
], counted_from=[
    'paid_date',
]) }}
