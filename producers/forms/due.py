"""Values that an office must report for a quarter: those of targets that no record measures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from livelihood.errors import LivelihoodError
from livelihood.registry.seeds import Row, read_seed


@dataclass(frozen=True)
class Figure:
    """A value to report: its target, region, unit, and what the plan promises."""

    figure_code: str
    name_zh: str
    region_code: str
    region_zh: str
    unit: str
    promised: str


@dataclass(frozen=True)
class Form:
    """Values that one office must report for one quarter; `due_date` if the plan sets one."""

    plan_zh: str
    office: str
    period_end: dt.date
    due_date: dt.date | None
    figures: tuple[Figure, ...]


def form_of(plan_id: str, office: str, quarter: dt.date) -> Form:
    """Return the form of an office for the quarter that ends with the month.

    Raises LivelihoodError for an unknown plan, a month that does not end a quarter, and an office
    without values to report.
    """
    if quarter.month % 3:
        raise LivelihoodError(
            f"{quarter:%Y-%m} ends no quarter; write its last month, such as {quarter.year}-06"
        )
    plans = {row["plan_id"]: row for row in read_seed("plans")}
    if plan_id not in plans:
        raise LivelihoodError(f"there is no plan {plan_id}; there are: {', '.join(plans)}")
    period_end = (quarter + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    reported = list(_reported(plan_id, quarter, period_end))
    figures = tuple(_figure(row) for row in reported if row["owner"] == office)
    if not figures:
        offices = ", ".join(sorted({row["owner"] for row in reported})) or "none"
        raise LivelihoodError(
            f"{office} has nothing to report for {quarter:%Y-%m}; who has: {offices}"
        )
    return Form(
        plans[plan_id]["name_zh"], office, period_end, _due_date(plan_id, period_end), figures
    )


def _reported(plan_id: str, quarter: dt.date, period_end: dt.date) -> Iterator[Row]:
    """Yield the targets of the plan that reports measure in that quarter, without duplicates."""
    for row in read_seed("targets"):
        if (
            row["plan_id"] == plan_id
            and row["measured_by"] == "reported_figure"
            and not row["duplicate_of"]
            and row["starts_on"] <= period_end.isoformat()
            and row["ends_on"] >= quarter.isoformat()
        ):
            yield row


def _figure(row: Row) -> Figure:
    regions = {region["region_code"]: region["name_zh"] for region in read_seed("regions")}
    promised = "–".join(value for value in (row["value"], row["value_high"]) if value)
    comparator = {"between": "", "growth": "增长 ", "trend": "不低于上年同期", "=": ""}
    return Figure(
        figure_code=row["target_id"],
        name_zh=row["name_zh"],
        region_code=row["region_code"],
        region_zh=regions[row["region_code"]],
        unit=row["unit"],
        promised=comparator.get(row["comparator"], row["comparator"] + " ") + promised,
    )


def _due_date(plan_id: str, period_end: dt.date) -> dt.date | None:
    for row in read_seed("report_deadlines"):
        if row["plan_id"] == plan_id and row["period_end_date"] == period_end.isoformat():
            return dt.date.fromisoformat(row["due_date"])
    return None
