{{ config(meta={'touched': 'touched_month', 'stream': 'startup_loan'}) }}

{{ measure_rows(['startup_loan_granted_month', 'startup_loan_due_month']) }}
