"""What a scorecard is: every target with its figure and verdict, and the alerts, as values."""

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

    `promised_*` is what the plan says (10 % a year), `target_value` and `expected_value` the level
    this means in the end and by now, in the figure's own `unit`.
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
        """What the plan demands."""
        about = "约 " if self.is_approximate and self.promised_value is not None else ""
        return about + wording.format_demand(
            self.comparator, self.promised_value, self.promised_high, self.promised_unit
        )

    @property
    def figure(self) -> str:
        """The figure with its unit."""
        return wording.format_value(self.value, self.unit)

    @property
    def wanted(self) -> Decimal | None:
        """What the figure should be by now, in the target's unit."""
        return self.target_value if self.expected_value is None else self.expected_value

    @property
    def should_be(self) -> str:
        """The wanted level where it is not what the plan says in so many words."""
        is_comparison = self.comparator in ("trend", "relative", "growth")
        if self.wanted is None or (self.wanted == self.target_value and not is_comparison):
            return ""
        return wording.format_value(self.wanted, self.unit)

    @property
    def shortfall(self) -> tuple[str, str]:
        """What is missing, in Chinese and English; empty while nothing is."""
        return wording.format_shortfall(self.status, self.value, self.wanted, self.unit)

    @property
    def urgency(self) -> tuple[int, bool, bool, Decimal]:
        """Sorts the worst first: by status, the plan's own goals, what it states, the gap."""
        wanted = self.wanted or Decimal(0)
        missing = abs((self.value or 0) - wanted) / max(abs(wanted), Decimal(1))
        place = list(wording.STATUSES).index(self.status)
        return place, not self.is_headline, self.basis == "reading", -missing

    @property
    def since(self) -> str:
        """From when on it is as it is; of one that lies ahead, when it begins."""
        if self.status == "not_measurable":
            return ""
        if self.status == "not_started":
            return f"{self.starts_on} 起"
        return f"自 {self.status_since}" if self.status_since else ""

    @property
    def awaits_report(self) -> bool:
        """Whether an office has to report its figure and has not."""
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
    def has_figures(self) -> bool:
        """Whether any of its targets has ever had a figure."""
        return any(target.value is not None for target in self.targets)

    @property
    def counts(self) -> dict[str, int]:
        """Targets by status, all statuses named."""
        return count_statuses(self.targets)


@dataclass(frozen=True)
class Scorecard:
    """What one release says about every target, and the alerts that are not cleared."""

    release_id: int
    released_at: dt.datetime
    as_of_date: dt.date
    build_id: int
    gate_id: int
    gate_verdict: str
    gate_warnings: int
    gate_checks: int
    is_simulated: bool
    provenance: dict[str, Any]
    plans: tuple[PlanCard, ...]
    alerts: tuple[Alert, ...]
    scope: str = ""

    @property
    def title(self) -> str:
        """What it is about: a township or department, else the regions of the shown plans."""
        regions = "、".join(dict.fromkeys(plan.region_zh for plan in self.shown_plans))
        return f"{regions}{self.scope}民生监测记分卡"

    @property
    def shown_plans(self) -> tuple[PlanCard, ...]:
        """The plans for which records arrive; all of them while none has a figure."""
        return tuple(plan for plan in self.plans if plan.has_figures) or self.plans

    @property
    def silent_plans(self) -> tuple[PlanCard, ...]:
        """The plans for which nothing has arrived yet."""
        return tuple(plan for plan in self.plans if plan not in self.shown_plans)

    @property
    def targets(self) -> tuple[TargetCard, ...]:
        """The targets of the shown plans, the most urgent first."""
        shown = [target for plan in self.shown_plans for target in plan.targets]
        return tuple(sorted(shown, key=lambda target: target.urgency))

    @property
    def counts(self) -> dict[str, int]:
        """Targets of the shown plans by status."""
        return count_statuses(self.targets)

    @property
    def owners(self) -> list[tuple[str, dict[str, int]]]:
        """Who answers: each owner's targets by status, those with the most missed first."""
        by_owner: dict[str, list[TargetCard]] = defaultdict(list)
        for target in self.targets:
            by_owner[target.owner].append(target)
        counted = [(owner, count_statuses(targets)) for owner, targets in by_owner.items()]
        return sorted(counted, key=lambda item: (-item[1]["missed"], -item[1]["behind"], item[0]))


def count_statuses(targets: Iterable[TargetCard]) -> dict[str, int]:
    """How many targets have each status."""
    counted = Counter(target.status for target in targets)
    return {status: counted[status] for status in wording.STATUSES}
