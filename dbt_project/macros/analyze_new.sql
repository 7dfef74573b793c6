{% macro analyze_new() -%}
    {%- if execute and not is_incremental() -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
