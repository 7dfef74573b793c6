{{ config(materialized='table', meta={'stream': 'labour_case'}) }}

-- Cases are few: all are looked at.
{{ lists_of(labour_case_monitors()) }}
