"""The scorecard as values: plans, their targets with the latest verdicts, and alerts."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from livelihood.alerts import Alert
from livelihood.scorecard import wording


@dataclass(frozen=True)
class Point:
    """A month of a target's series."""

    period_month: dt.date
    value: Decimal | None
    expected_value: Decimal | None
    status: str


@dataclass(frozen=True)
class Part:
    """A township's latest verdict on a target that applies to townships."""

    region_code: str
    region_zh: str
    value: Decimal | None
    status: str
    target_value: Decimal | None = None
    expected_value: Decimal | None = None
    status_since: dt.date | None = None


@dataclass(frozen=True)
class TargetCard:
    """A target with its latest verdict; series and parts are in order of month and region.

    `promised_*` is what the plan states (10 % a year); `target_value` and `expected_value` are the
    levels that this means in the end and by now, in the `unit` of `value`.
    """

    target_id: str
    plan_id: str
    section: str
    name_zh: str
    name_en: str
    owner: str
    supporting: str
    basis: str
    measured_by: str
    is_headline: bool
    is_approximate: bool
    periodicity: str
    comparator: str
    promised_value: Decimal | None
    promised_high: Decimal | None
    promised_unit: str | None
    target_value: Decimal | None
    expected_value: Decimal | None
    value: Decimal | None
    unit: str | None
    status: str
    status_since: dt.date | None
    starts_on: dt.date
    period_month: dt.date
    note: str
    series: tuple[Point, ...] = field(default=(), repr=False)
    parts: tuple[Part, ...] = field(default=(), repr=False)

    @property
    def promise(self) -> str:
        """The demand of the plan in words."""
        about = "约 " if self.is_approximate and self.promised_value is not None else ""
        return about + wording.format_demand(
            self.comparator, self.promised_value, self.promised_high, self.promised_unit
        )

    @property
    def value_text(self) -> str:
        """The value with its unit."""
        return wording.format_value(self.value, self.unit)

    @property
    def required_value(self) -> Decimal | None:
        """The level that `value` should have by now, in `unit`."""
        return self.target_value if self.expected_value is None else self.expected_value

    @property
    def required_text(self) -> str:
        """The required level with its unit; empty if the promise itself names it."""
        is_comparison = self.comparator in ("trend", "relative", "growth")
        required = self.required_value
        if required is None or (required == self.target_value and not is_comparison):
            return ""
        return wording.format_value(required, self.unit)

    @property
    def shortfall(self) -> tuple[str, str]:
        """What is missing, in Chinese and English; empty while nothing is."""
        return wording.format_shortfall(self.status, self.value, self.required_value, self.unit)

    @property
    def urgency(self) -> tuple[int, bool, bool, Decimal]:
        """Sort key, the most urgent first: status, plan's own goal, stated in the plan, gap."""
        required = self.required_value or Decimal(0)
        gap = abs((self.value or 0) - required) / max(abs(required), Decimal(1))
        rank = list(wording.STATUSES).index(self.status)
        return rank, not self.is_headline, self.basis == "reading", -gap

    @property
    def since(self) -> str:
        """Date since which the target has had its status, or its start if it has not started."""
        if self.status == "not_measurable":
            return ""
        if self.status == "not_started":
            return f"{self.starts_on} 起"
        return f"自 {self.status_since}" if self.status_since else ""

    @property
    def awaits_report(self) -> bool:
        """Whether an office has to report the value and has not."""
        return self.status == "no_data" and self.measured_by == "reported_figure"


@dataclass(frozen=True)
class PlanCard:
    """A plan with its targets, its own goals first, then in the order of its sections."""

    plan_id: str
    name_zh: str
    name_en: str
    region_zh: str
    targets: tuple[TargetCard, ...]

    @property
    def has_values(self) -> bool:
        """Whether any of its targets has a value."""
        return any(target.value is not None for target in self.targets)

    @property
    def counts(self) -> dict[str, int]:
        """Number of targets by status; every status has an entry."""
        return count_statuses(self.targets)


@dataclass(frozen=True)
class Scorecard:
    """The targets as one release shows them, and the alerts that are not cleared."""

    release_id: int
    released_at: dt.datetime
    as_of_date: dt.date
    build_id: int
    gate_id: int
    gate_verdict: str
    gate_warnings: int
    gate_checks: int
    is_simulated: bool
    accepted_checks: tuple[dict[str, str], ...]
    provenance: dict[str, Any]
    plans: tuple[PlanCard, ...]
    alerts: tuple[Alert, ...]
    scope: str = ""

    @property
    def title(self) -> str:
        """The regions of the shown plans, and the township or department it is limited to."""
        regions = "、".join(dict.fromkeys(plan.region_zh for plan in self.shown_plans))
        return f"{regions}{self.scope}民生监测记分卡"

    @property
    def shown_plans(self) -> tuple[PlanCard, ...]:
        """The plans with values. All plans while none has any."""
        return tuple(plan for plan in self.plans if plan.has_values) or self.plans

    @property
    def silent_plans(self) -> tuple[PlanCard, ...]:
        """The plans without any value yet."""
        return tuple(plan for plan in self.plans if plan not in self.shown_plans)

    @property
    def targets(self) -> tuple[TargetCard, ...]:
        """The targets of the shown plans, the most urgent first."""
        shown = [target for plan in self.shown_plans for target in plan.targets]
        return tuple(sorted(shown, key=lambda target: target.urgency))

    @property
    def counts(self) -> dict[str, int]:
        """Number of targets of the shown plans by status."""
        return count_statuses(self.targets)

    @property
    def owners(self) -> list[tuple[str, dict[str, int]]]:
        """Number of targets by status of each responsible office, most missed first."""
        by_owner: dict[str, list[TargetCard]] = defaultdict(list)
        for target in self.targets:
            by_owner[target.owner].append(target)
        counts = [(owner, count_statuses(targets)) for owner, targets in by_owner.items()]
        return sorted(counts, key=lambda item: (-item[1]["missed"], -item[1]["behind"], item[0]))


def count_statuses(targets: Iterable[TargetCard]) -> dict[str, int]:
    """Return the number of targets by status, the most urgent status first."""
    counts = Counter(target.status for target in targets)
    return {status: counts[status] for status in wording.STATUSES}
