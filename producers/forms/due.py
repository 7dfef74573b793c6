"""Values that an office must report for a quarter: those of targets that no record measures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from livelihood.errors import LivelihoodError
from livelihood.registry import Target, load_deadlines, load_plans, load_regions, load_targets


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
    plans = load_plans()
    if plan_id not in plans:
        raise LivelihoodError(f"there is no plan {plan_id}; there are: {', '.join(plans)}")
    period_end = (quarter + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    reported = list(_reported(plan_id, quarter, period_end))
    figures = tuple(_figure(target) for target in reported if target.owner == office)
    if not figures:
        offices = ", ".join(sorted({target.owner for target in reported})) or "none"
        raise LivelihoodError(
            f"{office} has nothing to report for {quarter:%Y-%m}; who has: {offices}"
        )
    return Form(plans[plan_id].name_zh, office, period_end, _due_date(plan_id, period_end), figures)


def _reported(plan_id: str, quarter: dt.date, period_end: dt.date) -> Iterator[Target]:
    """Yield the targets of the plan that reports measure in that quarter, without duplicates."""
    for target in load_targets().values():
        if (
            target.plan_id == plan_id
            and target.is_reported
            and target.duplicate_of is None
            and target.starts_on <= period_end
            and target.ends_on >= quarter
        ):
            yield target


def _figure(target: Target) -> Figure:
    values = (target.value, target.value_high)
    promised = "–".join(str(value) for value in values if value is not None)
    comparator = {"between": "", "growth": "增长 ", "trend": "不低于上年同期", "=": ""}
    return Figure(
        figure_code=target.target_id,
        name_zh=target.name_zh,
        region_code=target.region_code,
        region_zh=load_regions()[target.region_code].name_zh,
        unit=target.unit,
        promised=comparator.get(target.comparator, f"{target.comparator} ") + promised,
    )


def _due_date(plan_id: str, period_end: dt.date) -> dt.date | None:
    for deadline in load_deadlines():
        if deadline.plan_id == plan_id and deadline.period_end_date == period_end:
            return deadline.due_date
    return None
