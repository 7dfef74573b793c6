{{ config(meta={'touched': 'touched_month', 'stream': 'household_survey'}) }}

{{ measure_rows(['household_income_month']) }}
