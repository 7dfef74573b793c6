{#- Generated from contracts/ and models/staging/_reported_figure.yml by `make generate`. -#}
{{ config(
    unique_key=['record_id', 'source_system', 'figure_code'],
    indexes=[
        {'columns': ['record_id', 'source_system', 'figure_code']},
        {'columns': ['figure_code', 'region_code']},
    ],
    post_hook="{{ write_watermark('reported_figure') }}",
) }}

{{ record_revisions('reported_figure', ['record_id', 'source_system', 'figure_code'], [
    'period_month',
    'value',
]) }}
