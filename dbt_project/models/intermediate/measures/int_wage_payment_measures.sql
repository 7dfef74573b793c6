{#- Generated from contracts/ and models/staging/_wage_payment.yml by `make generate`. -#}
{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'wage_payment'}) }}

{{ measure_rows([
    'int_wage_payment_months',
    'int_project_months',
]) }}
