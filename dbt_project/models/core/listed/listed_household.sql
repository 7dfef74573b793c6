{{ config(
    unique_key=['household_token'],
    meta={'touched': 'touched_household', 'stream': 'employment'},
    indexes=[{'columns': ['household_token']}],
) }}

{{ lists_of(household_monitors()) }}
