{% test key(model, columns) %}
{#- Too slow for every build: `make test` and the nightly reconciliation run them. Publication also
    enforces the keys of marts by unique indexes. -#}
{{ config(tags=['keys']) }}
select
    {{ columns | join(', ') }},
    count(*) as rows_with_key
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
