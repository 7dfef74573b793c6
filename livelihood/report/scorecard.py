"""The scorecard's data: every target with its figure and verdict, from one release as a whole."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from livelihood.alert import Alert, list_alerts
from livelihood.errors import LivelihoodError
from livelihood.report import figures
from livelihood.settings import Settings
from livelihood.warehouse import connect


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


@dataclass(frozen=True)
class TargetCard:
    """A target with its latest verdict; series and parts are in order of month and region."""

    target_id: str
    plan_id: str
    section: str
    name_zh: str
    name_en: str
    owner: str
    supporting: str
    basis: str
    is_approximate: bool
    periodicity: str
    comparator: str
    target_value: Decimal | None
    target_value_high: Decimal | None
    expected_value: Decimal | None
    value: Decimal | None
    unit: str | None
    status: str
    status_since: dt.date | None
    period_month: dt.date
    note: str
    series: tuple[Point, ...] = field(default=(), repr=False)
    parts: tuple[Part, ...] = field(default=(), repr=False)

    @property
    def promise(self) -> str:
        """What the plan demands."""
        about = "约 " if self.is_approximate else ""
        return about + figures.promise(
            self.comparator, self.target_value, self.target_value_high, self.unit
        )

    @property
    def figure(self) -> str:
        """The figure with its unit."""
        return figures.figure(self.value, self.unit)

    @property
    def wanted(self) -> Decimal | None:
        """What the figure should be by now, in the target's unit."""
        return self.target_value if self.expected_value is None else self.expected_value

    @property
    def shortfall(self) -> tuple[str, str]:
        """What is missing, in Chinese and English; empty while nothing is."""
        return figures.shortfall(self.status, self.value, self.wanted, self.unit)

    @property
    def urgency(self) -> tuple[int, bool, Decimal]:
        """Sorts the worst first: by status, what the plan states, and the share that is missing."""
        wanted = self.wanted or Decimal(0)
        missing = abs((self.value or 0) - wanted) / max(abs(wanted), Decimal(1))
        return list(figures.STATUSES).index(self.status), self.basis == "reading", -missing


@dataclass(frozen=True)
class PlanCard:
    """A plan with its targets, in the order of the plan's sections."""

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
    return {status: counted[status] for status in figures.STATUSES}


def scorecard(settings: Settings) -> Scorecard:
    """Read the newest release; raises LivelihoodError when nothing has been published."""
    with connect(settings) as connection:
        # Several statements, one release: a publication in between must not be seen.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        release = _release(connection)
        plans = _plans(connection)
    return Scorecard(**release, plans=plans, alerts=tuple(list_alerts(settings)))


def _release(connection: psycopg.Connection) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        release = cursor.execute(
            """
            select release_id, released_at, as_of_date, r.build_id, r.gate_id,
                verdict as gate_verdict, warning_failed as gate_warnings, checks as gate_checks,
                is_simulated, jsonb_build_object('loads', horizon, 'offsets', offsets,
                    'code', code_version, 'dbt', dbt_version, 'contracts', contract_versions
                ) as provenance
            from published.release r join ops.gate_result g using (gate_id)
            order by release_id desc limit 1"""
        ).fetchone()
    if release is None:
        raise LivelihoodError("Nothing has been published yet: run `livelihood run` first.")
    return release


def _plans(connection: psycopg.Connection) -> tuple[PlanCard, ...]:
    series, parts = _series(connection), _parts(connection)
    by_plan: dict[str, list[TargetCard]] = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_LATEST_TARGETS):
            target = TargetCard(
                **row,
                series=tuple(series[row["target_id"]]),
                parts=tuple(parts[row["target_id"]]),
            )
            by_plan[target.plan_id].append(target)
    plans = connection.execute(
        """
        select plan_id, p.name_zh, p.name_en, r.name_zh
        from published.dim_plan p left join published.dim_region r using (region_code)
        order by starts_on desc, plan_id"""
    ).fetchall()
    return tuple(PlanCard(*plan, targets=_ordered(by_plan[plan[0]])) for plan in plans)


def _ordered(targets: list[TargetCard]) -> tuple[TargetCard, ...]:
    key = lambda target: (figures.section_order(target.section), target.section)  # noqa: E731
    return tuple(sorted(targets, key=key))


def _series(connection: psycopg.Connection) -> dict[str, list[Point]]:
    series: dict[str, list[Point]] = defaultdict(list)
    rows = connection.execute(
        """
        select target_id, period_month, value, expected_value, status
        from published.target_progress where not is_part order by target_id, period_month"""
    )
    for target_id, *point in rows:
        series[target_id].append(Point(*point))
    return series


def _parts(connection: psycopg.Connection) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = defaultdict(list)
    rows = connection.execute(
        """
        with latest as (
            select target_id, max(period_month) as period_month
            from published.target_progress where is_part group by target_id
        )
        select target_id, p.region_code, coalesce(r.name_zh, p.region_code), p.value, p.status
        from published.target_progress p
        join latest using (target_id, period_month)
        left join published.dim_region r on r.region_code = p.region_code
        where p.is_part order by target_id, p.region_code"""
    )
    for target_id, *part in rows:
        parts[target_id].append(Part(*part))
    return parts


_LATEST_TARGETS = """
    with latest as (
        select target_id, max(period_month) as period_month
        from published.target_progress where not is_part group by target_id
    )
    select target_id, t.plan_id, t.section, t.name_zh, t.name_en,
        coalesce(t.owner, '') as owner, coalesce(t.supporting, '') as supporting, t.basis,
        coalesce(t.is_approximate, false) as is_approximate, p.periodicity, p.comparator,
        p.target_value, p.target_value_high, p.expected_value, p.value, p.unit, p.status,
        p.status_since, p.period_month,
        concat_ws(' ', nullif(t.not_measurable_reason, ''), nullif(t.note, '')) as note
    from published.target_progress p
    join latest using (target_id, period_month)
    join published.dim_target t using (target_id)
    where not p.is_part"""
