with report as (
    select
        *,
        row_number() over (
            partition by figure_code, region_code, population, office, period_month
            order by submitted_at desc, record_id desc, source_system desc
        ) as latest
    from {{ ref('int_reported_figure_records') }}
    where is_current and period_month <= {{ as_of_date() }}
),

paced as (
    -- A running sum grows from report to report, so its monthly increase is compared.
    select
        report.*,
        round(
            report.value / case
                when not coalesce(scope.is_running_sum, false) then 1
                when scope.periodicity = 'annual' then extract(month from report.period_month)
                else greatest(round((report.period_month - scope.starts_on) / 30.4) + 1, 1)
            end, 8
        ) as pace
    from report
    left join {{ ref('int_target_scopes') }} as scope
        on report.figure_code = scope.target_id and report.region_code = scope.region_code
    where report.latest = 1
),

compared as (
    select
        paced.*,
        computed.value as computed_value,
        paced.value - computed.value as difference,
        lag(paced.value) over before as value_before,
        lag(paced.pace) over before as pace_before
    from paced
    left join {{ ref('indicators') }} as indicators
        on paced.figure_code = indicators.indicator_code and paced.unit = indicators.unit
    left join {{ ref('int_computed_months') }} as computed
        on
            indicators.indicator_code is not null
            -- Codes of records are collated "C", those of seeds by the database default; without
            -- an explicit collation the index of the indicators is not used.
            and paced.figure_code collate "default" = computed.indicator_code
            and paced.region_code collate "default" = computed.region_code
            and paced.population collate "default" = computed.population
            and paced.period_month = computed.period_month
    window before as (
        partition by paced.figure_code, paced.region_code, paced.population, paced.office
        order by paced.period_month
    )
)

select
    figure_code,
    region_code,
    population,
    period_month,
    office,
    unit,
    value as reported_value,
    computed_value,
    difference,
    round(100 * difference / nullif(abs(computed_value), 0), 4) as difference_pct,
    value_before,
    coalesce(abs(difference) > 0.01 * abs(computed_value), false) as is_flagged,
    coalesce(pace_before <> 0 and abs(pace - pace_before) > 0.5 * abs(pace_before), false)
        as is_implausible,
    submitted_at,
    evidence_reference
from compared
