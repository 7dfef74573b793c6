{# The monitors that list a household, separated by spaces.
   Generated from seeds/monitors.csv by `make generate`; edit the source instead. #}
{% macro household_monitors() -%}
    zero_employment_household
    exited_poverty_household_out_of_work
    relocated_household_out_of_work
    monitored_household_out_of_work
    low_income_household_out_of_work
{%- endmacro %}


{# The monitors that list a person, separated by spaces.
   Generated from seeds/monitors.csv by `make generate`; edit the source instead. #}
{% macro person_monitors() -%}
    exited_poverty_out_of_work
    public_welfare_term
    public_welfare_insured_elsewhere
    three_refusals
    uninsured_person
    benefit_late
    benefit_short
    benefit_not_entitled
    proof_of_life_overdue
    wage_below_minimum
    worker_without_real_name
    worker_without_contract
    certificate_without_subsidy
    subsidy_without_certificate
{%- endmacro %}


{# The monitors that list a project, separated by spaces.
   Generated from seeds/monitors.csv by `make generate`; edit the source instead. #}
{% macro project_monitors() -%}
    unpaid_wage_project
{%- endmacro %}


{# The monitors that list a labour_case, separated by spaces.
   Generated from seeds/monitors.csv by `make generate`; edit the source instead. #}
{% macro labour_case_monitors() -%}
    labour_case_overdue
{%- endmacro %}
