{{ config(
    unique_key=['person_token'],
    meta={'changed_keys': 'int_changed_persons'},
    indexes=[{'columns': ['person_token']}],
) }}

{{ union_actions(person_monitors()) }}
