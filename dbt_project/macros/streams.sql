{# The streams that are counted by township, separated by spaces.
   Generated from contracts/ by `make generate`; edit the source instead. #}
{% macro streams() -%}
    employment
    household_survey
    labour_case
    social_insurance
    startup_loan
    training
    wage_payment
{%- endmacro %}
