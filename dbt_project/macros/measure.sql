{# One column per population, named measure__population; `condition` says which rows count. #}
{% macro measure(name, condition, populations=['all'], aggregate='count(*)') -%}
    {%- for population in populations %}
    {{ aggregate }} filter (
        where {{ condition }}{{ ' and is_' ~ population if population != 'all' }}
    ) as {{ name }}__{{ population }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
