{# The monitors of the action list, separated by blanks.
   Generated from seeds/monitors.csv by `make generate`; edit the source instead. #}
{% macro monitors() -%}
    zero_employment_household
    exited_poverty_household_out_of_work
    relocated_household_out_of_work
    monitored_household_out_of_work
    low_income_household_out_of_work
    exited_poverty_out_of_work
    public_welfare_term
    public_welfare_insured_elsewhere
    three_refusals
    uninsured_person
    benefit_late
    benefit_short
    benefit_not_entitled
    proof_of_life_overdue
    unpaid_wage_project
    wage_below_minimum
    worker_without_real_name
    worker_without_contract
    labour_case_overdue
    certificate_without_subsidy
    subsidy_without_certificate
{%- endmacro %}
