{{ config(post_hook="{{ write_watermark() }}") }}

-- Once this has run, every key touched before has been recomputed in each model that follows keys.
{%- for model in ['int_composite_months', 'target_progress', 'action_list'] %}
{%- do ref(model) %}
{%- endfor %}
select {{ as_of_date() }} as as_of_date
