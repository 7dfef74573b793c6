{{ config(meta={'touched': 'touched_month', 'stream': 'training'}) }}

{{ measure_rows(['training_month']) }}
