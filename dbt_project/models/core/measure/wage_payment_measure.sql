{{ config(meta={'touched': 'touched_month', 'stream': 'wage_payment'}) }}

{{ measure_rows(['wage_payment_month', 'project_month']) }}
