-- A reported value applies until the next report, for a year at most; the sum of one year does not
-- apply in the next.
with report as (
    select
        scope.target_id,
        scope.region_code,
        report.period_month,
        report.value,
        scope.periodicity,
        row_number() over (
            partition by scope.target_id, scope.region_code, report.period_month
            order by report.submitted_at desc, report.record_id desc, report.source_system desc
        ) as latest
    from {{ ref('int_target_scopes') }} as scope
    inner join {{ ref('int_reported_figure_records') }} as report
        on scope.target_id = report.figure_code and scope.region_code = report.region_code
    where
        scope.is_reported
        and scope.target_id = scope.value_code
        and report.is_current
        and report.unit = scope.target_unit
),

lasting as (
    select
        target_id,
        region_code,
        period_month,
        value,
        least(
            (period_month + interval '11 months')::date,
            case
                when periodicity = 'annual'
                    then make_date(extract(year from period_month)::integer, 12, 1)
            end,
            (
                lead(period_month) over (partition by target_id, region_code order by period_month)
                - interval '1 month'
            )::date,
            date_trunc('month', {{ as_of_date() }})::date
        ) as last_month
    from report
    where latest = 1
)

select
    lasting.region_code,
    month_start.month_start::date as period_month,
    lasting.target_id as indicator_code,
    'all' as population,
    lasting.value,
    lasting.value as numerator,
    null::numeric as denominator,
    null::bigint as townships,
    lasting.period_month as known_month
from lasting
cross join generate_series(
    lasting.period_month, lasting.last_month, interval '1 month'
) as month_start (month_start)
