{# A table that was just made has no statistics until autovacuum comes by, and the next model would be
   planned blindly: minutes instead of seconds where a join is large. Later changes are small beside
   it, and are left to autovacuum. #}
{% macro analyze_new() -%}
    {%- if execute and not is_incremental() -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
