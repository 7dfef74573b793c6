{#- Generated from contracts/ and models/staging/_labour_case.yml by `make generate`. -#}
{{ config(materialized='ephemeral') }}

{{ changed_months('labour_case', [
    'due_month',
], counted_from=[
    'closed_date',
]) }}
