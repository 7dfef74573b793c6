{{ config(materialized='table', meta={'stream': 'labour_case'}) }}

-- Cases are few: all of them are recomputed.
{{ union_actions(labour_case_monitors()) }}
