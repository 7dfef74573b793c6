"""The marts' shape: keys filled and unique, words and numbers inside their bounds."""

from __future__ import annotations

from expectations.check import Check, NoRows, Rows, critical

FIGURES = "marts.indicator_value"
FIGURE_KEYS = ("indicator_code", "region_code", "population", "period_month")
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
ARREARS_FACTS = ("workers_persons", "unpaid_yuan", "oldest_due_date", "days_late", "is_group")
# Net incomes: a household may lose, or pay more than it receives.
LOSSES = (
    "disposable_income_yuan",
    "business_income_yuan",
    "property_income_yuan",
    "transfer_income_yuan",
    "property_income_pct",
    "transfer_income_pct",
)
# Tokens stay out of reports.
ARREARS_SHOWN = ("project_code", "township_code")


def _filled(columns: tuple[str, ...], shown: tuple[str, ...]) -> tuple[Rows, ...]:
    return tuple(
        Rows("ExpectColumnValuesToNotBeNull", {"column": column}, shown) for column in columns
    )


def _unique(keys: tuple[str, ...], shown: tuple[str, ...]) -> Rows:
    arguments = {"column_list": list(keys)}
    return Rows("ExpectCompoundColumnsToBeUnique", arguments, shown, personal=keys != shown)


def _one_of(column: str, values: tuple[str, ...], shown: tuple[str, ...]) -> Rows:
    return Rows("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)}, shown)


def _between(column: str, shown: tuple[str, ...], **bounds: int) -> Rows:
    return Rows("ExpectColumnValuesToBeBetween", {"column": column, **bounds}, shown)


CONSTRAINT_CHECKS: tuple[Check, ...] = (
    critical(
        "figures.key_filled",
        FIGURES,
        *_filled((*FIGURE_KEYS, "unit", "coverage_pct", "status"), FIGURE_KEYS),
        title="Every figure says what, where, for whom and when",
        title_zh="指标键值完整",
        expected="no null in key, unit, coverage and status",
        message="A model lost a part of the key, most often by an outer join: look at the models "
        "that feed the indicators shown.",
    ),
    critical(
        "figures.key_unique",
        FIGURES,
        _unique(FIGURE_KEYS, FIGURE_KEYS),
        title="No figure appears twice",
        title_zh="指标键值唯一",
        expected="one row per indicator, region, population and month",
        message="The incremental step inserted a key it had not deleted: run the nightly "
        "recomputation (DAG `reconcile`) and see which model it repairs.",
    ),
    critical(
        "figures.status_known",
        FIGURES,
        _one_of("status", ("provisional", "final"), FIGURE_KEYS),
        title="Figures are provisional or final",
        title_zh="数据状态取值",
        expected="status in (provisional, final)",
        message="Readers filter by status and would lose these figures: correct the model.",
    ),
    critical(
        "figures.coverage_bounds",
        FIGURES,
        _between("coverage_pct", FIGURE_KEYS, min_value=0, max_value=100),
        title="Coverage lies between 0 and 100 %",
        title_zh="覆盖率界限",
        expected="0 <= coverage_pct <= 100",
        message="More townships report than the region has: a township hangs below two parents in "
        "seeds/regions.csv, or rows were joined twice.",
    ),
    critical(
        "figures.not_negative",
        FIGURES,
        NoRows(f"""
            select {", ".join(FIGURE_KEYS)}, value, numerator, denominator
            from {FIGURES}
            where least(value, numerator, denominator) < 0
                and indicator_code not in ({", ".join(f"'{code}'" for code in LOSSES)})"""),
        title="No figure is negative but an income that may be a loss",
        title_zh="指标值非负",
        expected=f"value, numerator and denominator >= 0, except {', '.join(LOSSES)}",
        message="Counts, sums and shares cannot be negative: a correction was subtracted that had "
        "never been added. Run the nightly recomputation (DAG `reconcile`).",
    ),
    critical(
        "progress.key_filled",
        PROGRESS,
        *_filled((*PROGRESS_KEYS, "status", "status_since"), PROGRESS_KEYS),
        title="Every progress row says which target, where, when and how it stands",
        title_zh="进展键值完整",
        expected="no null in key, status and status_since",
        message="The progress model lost a part of the key: look at its joins.",
    ),
    critical(
        "progress.key_unique",
        PROGRESS,
        _unique(PROGRESS_KEYS, PROGRESS_KEYS),
        title="A target has one progress row per region and month",
        title_zh="进展键值唯一",
        expected="one row per target, region and month",
        message="A target matched two figures or two baselines: look for doubled rows in "
        "seeds/targets.csv and seeds/baselines.csv.",
    ),
    critical(
        "progress.status_known",
        PROGRESS,
        _one_of("status", PROGRESS_STATUSES, PROGRESS_KEYS),
        title="Progress uses the seven statuses",
        title_zh="进展状态取值",
        expected=f"status in ({', '.join(PROGRESS_STATUSES)})",
        message="Alerts and scorecard know no other status: correct the progress model.",
    ),
    critical(
        "arrears.key_filled",
        ARREARS,
        *_filled((*ARREARS_KEYS, *ARREARS_FACTS), ARREARS_SHOWN),
        title="Every arrears row is complete",
        title_zh="欠薪记录完整",
        expected="no null",
        message="A case without place or employer cannot be followed up: correct the model.",
    ),
    critical(
        "arrears.key_unique",
        ARREARS,
        _unique(ARREARS_KEYS, ARREARS_SHOWN),
        title="An employer has one arrears row per project and township",
        title_zh="欠薪记录唯一",
        expected="one row per project, employer and township",
        message="A case would be raised twice: correct the grouping of the model.",
    ),
)
