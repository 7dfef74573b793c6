{#- Generated from contracts/ and models/staging/_social_insurance.yml by `make generate`. -#}
{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'social_insurance'}) }}

{{ measure_rows([
    'int_insured_months',
    'int_contribution_months',
    'int_insurance_due_months',
]) }}
