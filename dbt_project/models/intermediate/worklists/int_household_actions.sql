{{ config(
    unique_key=['household_token'],
    meta={'changed_keys': 'int_changed_households', 'stream': 'employment'},
    indexes=[{'columns': ['household_token']}],
) }}

{{ union_actions(household_monitors()) }}
