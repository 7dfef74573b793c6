{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'household_survey'}) }}

{{ measure_rows(['int_household_income_months']) }}
