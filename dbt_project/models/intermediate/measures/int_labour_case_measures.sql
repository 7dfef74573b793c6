{#- Generated from contracts/ and models/staging/_labour_case.yml by `make generate`. -#}
{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'labour_case'}) }}

{{ measure_rows([
    'int_labour_case_months',
]) }}
