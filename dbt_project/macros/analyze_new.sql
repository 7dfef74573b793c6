{# A table that was just made has no statistics until autovacuum comes by, and the next model would be
   planned blindly. Later changes are small beside it, and are left to autovacuum. Of `columns` those
   the table has. #}
{% macro analyze_new(columns=[]) -%}
    {%- if execute and not is_incremental() -%}
        {%- set held = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- set chosen = columns | select('in', held) | list -%}
        analyze {{ this }}{{ ' (' ~ chosen | join(', ') ~ ')' if chosen }}
    {%- endif -%}
{%- endmacro %}
