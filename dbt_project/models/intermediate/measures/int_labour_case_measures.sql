{{ config(meta={'changed_keys': 'int_changed_months', 'stream': 'labour_case'}) }}

{{ measure_rows(['int_labour_case_months']) }}
