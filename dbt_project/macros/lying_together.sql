{# A table that is made anew is written in this order, so that what follows from a few townships reads
   few of its pages. What comes later lies at its end, with what arrived together. #}
{% macro lying_together(columns) -%}
    {%- if not is_incremental() -%}
        order by {{ columns | join(', ') }}
    {%- endif -%}
{%- endmacro %}
