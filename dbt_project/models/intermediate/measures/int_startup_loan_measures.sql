{#- Generated from contracts/ and models/staging/_startup_loan.yml by `make generate`. -#}
{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'startup_loan'}) }}

{{ measure_rows([
    'int_startup_loan_granted_months',
    'int_startup_loan_due_months',
]) }}
