-- Targets to be judged again: in a region where the stream of their indicator, or of the one they
-- are compared with, has changed; where an office reported them; all when the as-of date changes.
with changed_stream as (
    select distinct
        changed.stream,
        ancestors.ancestor_code as region_code
    from {{ ref('int_changed_months') }} as changed
    inner join {{ ref('int_region_ancestors') }} as ancestors
        on changed.township_code = ancestors.region_code
),

changed_value as (
    select
        indicators.indicator_code,
        changed_stream.region_code
    from changed_stream
    inner join {{ ref('indicators') }} as indicators
        -- A composite may be computed from indicators of any stream.
        on changed_stream.stream = indicators.stream or indicators.kind = 'composite'

    union

    select
        figure_code as indicator_code,
        region_code
    from {{ ref('int_reported_figure_records') }}
    where {{ changed_since_checkpoint('reported_figure') }}
)

select distinct
    scope.target_id,
    scope.region_code
from {{ ref('int_target_scopes') }} as scope
left join changed_value
    on
        scope.region_code = changed_value.region_code
        and changed_value.indicator_code in (scope.value_code, scope.reference_indicator_code)
where {{ 'true' if has_as_of_date_changed() else 'changed_value.indicator_code is not null' }}
