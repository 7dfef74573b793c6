{{ config(meta={'touched': 'touched_month', 'stream': 'labour_case'}) }}

{{ measure_rows(['labour_case_month']) }}
