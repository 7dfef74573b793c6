{{ config(
    unique_key=['person_token'],
    meta={'touched': 'touched_person'},
    indexes=[{'columns': ['person_token']}],
) }}

{{ lists_of(person_monitors()) }}
