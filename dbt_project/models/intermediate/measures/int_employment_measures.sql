{#- Generated from contracts/ and models/staging/_employment.yml by `make generate`. -#}
{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'employment'}) }}

{{ measure_rows([
    'int_employment_months',
    'int_newly_employed_months',
    'int_graduate_class_months',
    'int_labour_household_months',
    'int_post_retention_months',
]) }}
