{# Where the way from the first figure to `bound` has got to by now, as SQL. #}
{% macro on_path(bound) -%}
case
    when is_compound then start_value * power({{ bound }} / start_value, path_share)
    else start_value + ({{ bound }} - start_value) * path_share
end
{%- endmacro %}
