{% macro measure(name, condition, populations=['all'], aggregate='count(*)') -%}
    {%- for population in populations %}
    {{ aggregate }} filter (
        where {{ condition }}{{ ' and is_' ~ population if population != 'all' }}
    ) as {{ name }}__{{ population }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro measures(definitions) -%}
    {%- for name, condition, populations in definitions -%}
    {{ measure(name, condition, populations) }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro measure_sums(definitions) -%}
    {%- for name, condition, populations in definitions -%}
        {%- set last = loop.last -%}
        {%- for population in populations %}
    sum({{ name }}__{{ population }}) as {{ name }}__{{ population }}{{ ',' if not (last and loop.last) }}
        {%- endfor -%}
    {%- endfor %}
{%- endmacro %}
