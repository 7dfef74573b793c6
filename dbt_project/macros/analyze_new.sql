{# A table that was just made has no statistics until autovacuum comes by, and the next model would be
   planned blindly. Later changes are small beside it, and are left to autovacuum. #}
{% macro analyze_new(columns=[]) -%}
    {%- if execute and not is_incremental() -%}
        analyze {{ this }}{{ ' (' ~ columns | join(', ') ~ ')' if columns }}
    {%- endif -%}
{%- endmacro %}
