{#- Generated from contracts/ and models/staging/_training.yml by `make generate`. -#}
{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'training'}) }}

{{ measure_rows([
    'int_training_months',
]) }}
