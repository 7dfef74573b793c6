"""What offices report: beside the records (report_comparison), and in time (report_clock)."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning
from expectations.checks.months import months_ahead

COMPARISON = "marts.report_comparison"
COMPARISON_KEY = "figure_code, region_code, population, period_month, office"
CLOCK = "marts.report_clock"
CLOCK_KEY = "plan_id, office, due_date"
# Beyond this a reported figure and the records do not tell the same story.
FLAGGED_PCT = 1


def _key_unique(name: str, table: str, key: str, title_zh: str) -> Check:
    nulls = " or ".join(f"{column} is null" for column in key.split(", "))
    return critical(
        f"{name}.key_unique",
        table,
        NoRows(f"""
            select {key}, count(*) as rows_with_key
            from {table}
            group by {key}
            having count(*) > 1 or {nulls}"""),
        title=f"Every row of {table.removeprefix('marts.')} has a key of its own",
        title_zh=title_zh,
        expected=f"one row per {key}, none empty",
        message="Two records count for one figure, or a part of the key was lost in a join: look "
        "at the models in intermediate/reports and at the mart.",
    )


COMPARISON_CHECKS: tuple[Check, ...] = (
    _key_unique("comparison", COMPARISON, COMPARISON_KEY, "上报对照键值唯一且完整"),
    critical(
        "comparison.difference_agrees",
        COMPARISON,
        NoRows(f"""
            select
                figure_code, comparison.region_code, comparison.population,
                comparison.period_month, office, reported_value, computed_value, difference,
                is_flagged, figure.value as indicator_value
            from {COMPARISON} as comparison
            left join marts.indicator_value as figure
                on figure.indicator_code = comparison.figure_code
                and figure.unit = comparison.unit
                and figure.region_code = comparison.region_code
                and figure.population = comparison.population
                and figure.period_month = comparison.period_month
            where computed_value is distinct from figure.value
                or difference is distinct from reported_value - computed_value
                or is_flagged <> coalesce(
                    abs(difference) * 100 > abs(computed_value) * {FLAGGED_PCT}, false
                )"""),
        title="The comparison shows the figure that the indicator shows",
        title_zh="对照数与指标值一致",
        expected="computed_value = indicator_value.value; difference and flag follow from the row",
        message="An office would be told of a difference that is none: rebuild report_comparison.",
    ),
    critical(
        "comparison.period_valid",
        COMPARISON,
        months_ahead(COMPARISON, f"{COMPARISON_KEY}, reported_value"),
        title="No report of a month that has not begun",
        title_zh="上报期间有效",
        expected="period_month is a first day, not after the as-of date",
        message="A report dated in the future reached the comparison: the mart must stop at the "
        "as-of date.",
    ),
    warning(
        "comparison.figure_known",
        COMPARISON,
        NoRows(f"""
            select figure_code, office, comparison.unit, count(*) as reports
            from {COMPARISON} as comparison
            left join marts.dim_indicator as indicator
                on indicator.indicator_code = figure_code and indicator.unit = comparison.unit
            left join marts.dim_target as target
                on target.target_id = figure_code and target.unit = comparison.unit
            where indicator.kind is null and target.plan_id is null
            group by 1, 2, 3"""),
        title="Every report is of a known figure, in its unit",
        title_zh="上报指标与单位有效",
        expected="figure_code and unit are those of an indicator or of a target",
        message="These reports count nowhere: ask the office to send them again on the form "
        "(`livelihood form`).",
    ),
    warning(
        "comparison.agrees",
        COMPARISON,
        NoRows(f"""
            select {COMPARISON_KEY}, reported_value, computed_value, difference_pct
            from {COMPARISON}
            where is_flagged
            order by period_month desc"""),
        title=f"Reported figures are within {FLAGGED_PCT} % of the records",
        title_zh="上报数与记录计算数相符",
        expected=f"difference <= {FLAGGED_PCT} % of the computed figure",
        message="Ask the office for its ledger, and the owner of the stream for late records: one "
        "of the two is incomplete.",
    ),
    warning(
        "comparison.plausible",
        COMPARISON,
        NoRows(f"""
            select {COMPARISON_KEY}, value_before, reported_value
            from {COMPARISON}
            where is_implausible
            order by period_month desc"""),
        title="No reported figure moved by more than half since the report before",
        title_zh="上报数未突变",
        expected="change <= half of the report before",
        message="Ask the office whether a digit or a unit slipped, before the figure is judged.",
    ),
)

CLOCK_CHECKS: tuple[Check, ...] = (
    _key_unique("clock", CLOCK, CLOCK_KEY, "报送时钟键值唯一且完整"),
    critical(
        "clock.status_agrees",
        CLOCK,
        NoRows(f"""
            select {CLOCK_KEY}, figures_due, figures_on_time, figures_received, status
            from {CLOCK}
            where not figures_on_time between 0 and figures_received
                or figures_received > figures_due
                or status <> case
                    when figures_on_time = figures_due then 'on_time'
                    when figures_received = figures_due then 'late'
                    when cast(:as_of_date as date) <= due_date then 'pending'
                    else 'missing' end"""),
        title="On time, late and missing follow from what was received",
        title_zh="报送状态与收数一致",
        expected="on_time <= received <= due, and the status that follows",
        message="An office would be blamed or spared wrongly: the mart was built for another day, "
        "build again.",
    ),
    critical(
        "clock.every_office",
        CLOCK,
        NoRows(f"""
            with newest as (
                select plan_id, max(period_end_date) as period_end_date, max(due_date) as due_date
                from {CLOCK}
                group by plan_id
            )
            select distinct target.plan_id, target.owner, newest.due_date
            from marts.dim_target as target
            join newest on newest.plan_id = target.plan_id
                and newest.period_end_date between target.starts_on and target.ends_on
            left join {CLOCK} as clock on clock.plan_id = target.plan_id
                and clock.office = target.owner and clock.due_date = newest.due_date
            where target.measured_by = 'reported_figure' and target.duplicate_of is null
                and clock.status is null"""),
        title="Every office that must report is on the clock",
        title_zh="应报单位均在册",
        expected="each owner of a reported target, at the newest due date",
        message="An office would be forgotten in silence: see why the models in "
        "intermediate/reports leave its targets out.",
    ),
)

REPORT_CHECKS = (*COMPARISON_CHECKS, *CLOCK_CHECKS)
