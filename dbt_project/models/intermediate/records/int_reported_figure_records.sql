{#- Generated from contracts/ and models/staging/_reported_figure.yml by `make generate`. -#}
{{ config(
    indexes=[
        {'columns': ['record_id']},
        {'columns': ['figure_code', 'region_code']},
    ],
    post_hook="{{ write_watermark('reported_figure') }}",
) }}

{{ record_revisions('reported_figure', [
    'period_month',
    'value',
]) }}
