"""Scorecards of one plan, one township or one department, selected from the full one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from livelihood.alerts import Alert
from livelihood.errors import LivelihoodError
from livelihood.scorecard.model import Part, Scorecard, TargetCard


def select_plan(card: Scorecard, plan: str) -> Scorecard:
    """Select the plan with this code, or the plans with this text in their names."""
    plans = tuple(p for p in card.plans if plan == p.plan_id or plan in p.name_zh + p.name_en)
    if not plans:
        raise _unknown("plan", plan, (p.plan_id for p in card.plans))
    ids = {target.target_id for p in plans for target in p.targets}
    alerts = _select_alerts(card, lambda alert: alert.detail.get("target_id") in ids)
    return replace(card, plans=plans, alerts=alerts)


def select_department(card: Scorecard, department: str) -> Scorecard:
    """Select the targets a department leads. Its name may be shortened (人社局)."""
    if not any(department in target.owner for target in _targets(card)):
        raise _unknown("department", department, (target.owner for target in _targets(card)))
    return replace(
        _map_targets(card, lambda target: target if department in target.owner else None),
        alerts=_select_alerts(card, lambda alert: department in (alert.owner or "")),
        scope=department,
    )


def select_township(card: Scorecard, township: str) -> Scorecard:
    """Select the verdicts on one township, by name or code, of targets that apply to townships."""
    names = {part.region_code: part.region_zh for t in _targets(card) for part in t.parts}
    codes = [code for code, name in names.items() if township in (code, name)]
    if len(codes) != 1:
        raise _unknown("township", township, (f"{name} {code}" for code, name in names.items()))
    [code] = codes
    return replace(
        _map_targets(card, lambda target: _in_township(target, code)),
        alerts=_select_alerts(card, lambda alert: alert.detail.get("region_code") == code),
        scope=names[code],
    )


def _in_township(target: TargetCard, code: str) -> TargetCard | None:
    part: Part | None = next((part for part in target.parts if part.region_code == code), None)
    if part is None:
        return None
    return replace(
        target,
        value=part.value,
        status=part.status,
        status_since=part.status_since,
        target_value=part.target_value,
        expected_value=part.expected_value,
        series=(),
        parts=(),
    )


def _targets(card: Scorecard) -> Iterable[TargetCard]:
    return (target for plan in card.plans for target in plan.targets)


def _map_targets(card: Scorecard, function: Callable[[TargetCard], TargetCard | None]) -> Scorecard:
    """Replace each target by what the function returns, without plans that have no target then."""
    plans = []
    for plan in card.plans:
        targets = tuple(filter(None, map(function, plan.targets)))
        if targets:
            plans.append(replace(plan, targets=targets))
    return replace(card, plans=tuple(plans))


def _select_alerts(card: Scorecard, condition: Callable[[Alert], bool]) -> tuple[Alert, ...]:
    return tuple(filter(condition, card.alerts))


def _unknown(kind: str, name: str, existing: Iterable[str]) -> LivelihoodError:
    return LivelihoodError(
        f"the scorecard has no {kind} {name!r}; there are: "
        f"{', '.join(sorted(filter(None, set(existing))))}"
    )
