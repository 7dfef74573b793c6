{{ config(
    unique_key=['project_code'],
    meta={'touched': 'touched_project', 'stream': 'wage_payment'},
) }}

{{ lists_of(project_monitors()) }}
