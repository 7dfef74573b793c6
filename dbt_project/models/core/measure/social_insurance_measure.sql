{{ config(meta={'touched': 'touched_month', 'stream': 'social_insurance'}) }}

{{ measure_rows(['insured_month', 'contribution_month', 'insurance_due_month']) }}
