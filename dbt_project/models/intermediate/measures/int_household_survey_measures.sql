{#- Generated from contracts/ and models/staging/_household_survey.yml by `make generate`. -#}
{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'household_survey'}) }}

{{ measure_rows([
    'int_household_income_months',
]) }}
