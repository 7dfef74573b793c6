{{ config(meta={'touched': 'touched_month', 'stream': 'employment'}) }}

{{ measure_rows([
    'employment_month',
    'newly_employed_month',
    'graduate_class_month',
    'labour_household_month',
    'post_retention_month',
]) }}
