"""Constraints of the marts: keys complete and unique, codes and numbers within their bounds."""

from __future__ import annotations

from expectations.check import Check, NoRows, TableExpectation, critical
from expectations.query import code_list

INDICATORS = "marts.indicator_value"
INDICATOR_KEYS = ("indicator_code", "region_code", "population", "period_month")
PROGRESS = "marts.target_progress"
PROGRESS_KEYS = ("target_id", "region_code", "period_month")
PROGRESS_STATUSES = (
    "met",
    "on_track",
    "behind",
    "missed",
    "no_data",
    "not_started",
    "not_measurable",
)
ARREARS = "marts.wage_arrears"
ARREARS_KEYS = ("project_code", "employer_token", "township_code")
ARREARS_VALUES = ("workers_persons", "unpaid_yuan", "oldest_due_date", "days_late", "is_group")
# Net incomes, which are negative for a household that pays more than it receives.
NET_INCOMES = (
    "disposable_income_yuan",
    "business_income_yuan",
    "property_income_yuan",
    "transfer_income_yuan",
    "property_income_pct",
    "transfer_income_pct",
)
# Keys without tokens, which never enter a report.
ARREARS_SAMPLE_KEYS = ("project_code", "township_code")


def _not_null(
    columns: tuple[str, ...], sample_keys: tuple[str, ...]
) -> tuple[TableExpectation, ...]:
    return tuple(
        TableExpectation("ExpectColumnValuesToNotBeNull", {"column": column}, sample_keys)
        for column in columns
    )


def _unique(keys: tuple[str, ...], sample_keys: tuple[str, ...]) -> TableExpectation:
    return TableExpectation(
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": list(keys)},
        sample_keys,
        personal=keys != sample_keys,
    )


def _in_set(column: str, values: tuple[str, ...], sample_keys: tuple[str, ...]) -> TableExpectation:
    arguments = {"column": column, "value_set": list(values)}
    return TableExpectation("ExpectColumnValuesToBeInSet", arguments, sample_keys)


def _between(column: str, sample_keys: tuple[str, ...], **bounds: int) -> TableExpectation:
    arguments = {"column": column, **bounds}
    return TableExpectation("ExpectColumnValuesToBeBetween", arguments, sample_keys)


CONSTRAINT_CHECKS: tuple[Check, ...] = (
    critical(
        "figures.key_filled",
        INDICATORS,
        *_not_null((*INDICATOR_KEYS, "unit", "coverage_pct", "status"), INDICATOR_KEYS),
        title="Every indicator value has a complete key",
        title_zh="指标键值完整",
        expected="no null in key, unit, coverage and status",
        message="A model lost a part of the key, usually in an outer join: check the models that "
        "the listed indicators are computed from.",
    ),
    critical(
        "figures.key_unique",
        INDICATORS,
        _unique(INDICATOR_KEYS, INDICATOR_KEYS),
        title="No indicator value appears twice",
        title_zh="指标键值唯一",
        expected="one row per indicator, region, population and month",
        message="The incremental step inserted a key that it had not deleted: run the nightly "
        "recomputation (DAG `reconcile`) and see which model it repairs.",
    ),
    critical(
        "figures.status_known",
        INDICATORS,
        _in_set("status", ("provisional", "final"), INDICATOR_KEYS),
        title="Indicator values are provisional or final",
        title_zh="数据状态取值",
        expected="status in (provisional, final)",
        message="Readers filter by status and would not see these values: correct the model.",
    ),
    critical(
        "figures.coverage_bounds",
        INDICATORS,
        _between("coverage_pct", INDICATOR_KEYS, min_value=0, max_value=100),
        title="Coverage is between 0 and 100 %",
        title_zh="覆盖率界限",
        expected="0 <= coverage_pct <= 100",
        message="More townships report than the region has: a township has two parents in "
        "seeds/regions.csv, or a join duplicated rows.",
    ),
    critical(
        "figures.not_negative",
        INDICATORS,
        NoRows(f"""
            select {", ".join(INDICATOR_KEYS)}, value, numerator, denominator
            from {INDICATORS}
            where least(value, numerator, denominator) < 0
                and indicator_code not in ({code_list(NET_INCOMES)})"""),
        title="No value is negative, except net incomes",
        title_zh="指标值非负",
        expected=f"value, numerator and denominator >= 0, except {', '.join(NET_INCOMES)}",
        message="Counts, sums and shares cannot be negative; a correction was subtracted that "
        "had never been added. Run the nightly recomputation (DAG `reconcile`).",
        is_acceptable=True,
    ),
    critical(
        "progress.key_filled",
        PROGRESS,
        *_not_null((*PROGRESS_KEYS, "status", "status_since"), PROGRESS_KEYS),
        title="Every row of progress has a complete key and a status",
        title_zh="进展键值完整",
        expected="no null in key, status and status_since",
        message="The progress model lost a part of the key: check its joins.",
    ),
    critical(
        "progress.key_unique",
        PROGRESS,
        _unique(PROGRESS_KEYS, PROGRESS_KEYS),
        title="A target has one row of progress per region and month",
        title_zh="进展键值唯一",
        expected="one row per target, region and month",
        message="A target matched two values or two baselines: look for duplicate rows in "
        "seeds/targets.csv and seeds/baselines.csv.",
    ),
    critical(
        "progress.status_known",
        PROGRESS,
        _in_set("status", PROGRESS_STATUSES, PROGRESS_KEYS),
        title="Progress uses the seven statuses",
        title_zh="进展状态取值",
        expected=f"status in ({', '.join(PROGRESS_STATUSES)})",
        message="Alerts and scorecard ignore any other status: correct the progress model.",
    ),
    critical(
        "arrears.key_filled",
        ARREARS,
        *_not_null((*ARREARS_KEYS, *ARREARS_VALUES), ARREARS_SAMPLE_KEYS),
        title="Every row of arrears is complete",
        title_zh="欠薪记录完整",
        expected="no null",
        message="A case without township or employer cannot be followed up: correct the model.",
    ),
    critical(
        "arrears.key_unique",
        ARREARS,
        _unique(ARREARS_KEYS, ARREARS_SAMPLE_KEYS),
        title="An employer has one row of arrears per project and township",
        title_zh="欠薪记录唯一",
        expected="one row per project, employer and township",
        message="A case would cause two alerts: correct the grouping of the model.",
    ),
)
