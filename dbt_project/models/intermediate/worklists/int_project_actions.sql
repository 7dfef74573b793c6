{{ config(
    unique_key=['project_code'],
    meta={'changed_keys': 'int_changed_projects', 'stream': 'wage_payment'},
) }}

{{ union_actions(project_monitors()) }}
