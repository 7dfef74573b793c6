{% macro interpolate_to(bound) -%}
case
    when is_compound then start_value * power({{ bound }} / start_value, path_share)
    else start_value + ({{ bound }} - start_value) * path_share
end
{%- endmacro %}
