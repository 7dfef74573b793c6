"""Checks of reports by offices: compared with the records, and whether they arrive in time."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning
from expectations.checks.months import no_future_months

COMPARISON = "marts.report_comparison"
COMPARISON_KEY = "figure_code, region_code, population, period_month, office"
CLOCK = "marts.report_clock"
CLOCK_KEY = "plan_id, office, due_date"
# A larger difference between a report and the records is flagged.
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
        title=f"The key of {table.removeprefix('marts.')} is unique and complete",
        title_zh=title_zh,
        expected=f"one row per {key}, no null",
        message="Two records count for one value, or a join lost a part of the key: check the "
        "models in intermediate/reports and the mart.",
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
                is_flagged, indicator.value as indicator_value
            from {COMPARISON} as comparison
            left join marts.indicator_value as indicator
                on indicator.indicator_code = comparison.figure_code
                and indicator.unit = comparison.unit
                and indicator.region_code = comparison.region_code
                and indicator.population = comparison.population
                and indicator.period_month = comparison.period_month
            where computed_value is distinct from indicator.value
                or difference is distinct from reported_value - computed_value
                or is_flagged <> coalesce(
                    abs(difference) * 100 > abs(computed_value) * {FLAGGED_PCT}, false
                )"""),
        title="Comparison and indicator show the same value",
        title_zh="对照数与指标值一致",
        expected="computed_value = indicator_value.value; difference and flag follow from the row",
        message="An office would see a difference that does not exist: run `livelihood build "
        "--full-refresh`.",
    ),
    critical(
        "comparison.period_valid",
        COMPARISON,
        no_future_months(COMPARISON, f"{COMPARISON_KEY}, reported_value"),
        title="No report covers a future month",
        title_zh="上报期间有效",
        expected="period_month is a first day, not after the as-of date",
        message="A report dated in the future is in the comparison: the mart must end at the "
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
        title="Every report has a known code and its unit",
        title_zh="上报指标与单位有效",
        expected="figure_code and unit are those of an indicator or of a target",
        message="The listed reports count for no target: ask the office to send them again on "
        "the form (`livelihood form`).",
    ),
    warning(
        "comparison.agrees",
        COMPARISON,
        NoRows(f"""
            select {COMPARISON_KEY}, reported_value, computed_value, difference_pct
            from {COMPARISON}
            where is_flagged
            order by period_month desc"""),
        title=f"Reported values are within {FLAGGED_PCT} % of the records",
        title_zh="上报数与记录计算数相符",
        expected=f"difference <= {FLAGGED_PCT} % of the computed value",
        message="One of the two is incomplete: ask the office for its ledger, and the owner of "
        "the stream for late records.",
    ),
    warning(
        "comparison.plausible",
        COMPARISON,
        NoRows(f"""
            select {COMPARISON_KEY}, value_before, reported_value
            from {COMPARISON}
            where is_implausible
            order by period_month desc"""),
        title="No reported value changed by more than half since the report before",
        title_zh="上报数未突变",
        expected="change <= half of the report before",
        message="Ask the office whether a digit or the unit is wrong before the value is used.",
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
        title="On time, late and missing follow from the numbers received",
        title_zh="报送状态与收数一致",
        expected="on_time <= received <= due, and the status agrees",
        message="An office would be reported as late or on time wrongly; the mart was built for "
        "another day: run `livelihood build` again.",
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
        title="Every office that must report is listed",
        title_zh="应报单位均在册",
        expected="each owner of a reported target, at the newest due date",
        message="An office would silently be omitted: find out why the models in "
        "intermediate/reports omit its targets.",
    ),
)

REPORT_CHECKS = (*COMPARISON_CHECKS, *CLOCK_CHECKS)
