-- Targets to be judged anew: in a region where the stream of their figure, or of the one they are
-- compared with, was touched; where an office reported them; all when the as-of date moves.
with touched_stream as (
    select distinct
        touched.stream,
        closure.ancestor_code as region_code
    from {{ ref('touched_month') }} as touched
    inner join {{ ref('region_closure') }} as closure on touched.township_code = closure.region_code
),

figure as (
    select
        indicators.indicator_code,
        touched_stream.region_code
    from touched_stream
    inner join {{ ref('indicators') }} as indicators
        -- A composite may be made of figures of any stream.
        on touched_stream.stream = indicators.stream or indicators.kind = 'composite'

    union

    select
        figure_code as indicator_code,
        region_code
    from {{ ref('reported_figure_record') }}
    where {{ touched_since_chain_end('reported_figure') }}
)

select distinct
    scope.target_id,
    scope.region_code
from {{ ref('target_scope') }} as scope
left join figure
    on
        scope.region_code = figure.region_code
        and figure.indicator_code in (scope.series_code, scope.reference_indicator_code)
where {{ 'true' if has_as_of_moved() else 'figure.indicator_code is not null' }}
