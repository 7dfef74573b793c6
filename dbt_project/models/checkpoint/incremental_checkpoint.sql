{{ config(post_hook="{{ write_watermark() }}") }}

-- Runs after each model that follows changed keys: every key changed before has been recomputed.
{%- for model in [
    'int_composite_months', 'target_status', 'action_list', 'int_reused_record_ids',
] %}
{%- do ref(model) %}
{%- endfor %}
select {{ as_of_date() }} as as_of_date
