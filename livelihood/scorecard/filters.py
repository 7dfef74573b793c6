"""A scorecard for one plan, one township or one department, cut out of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from livelihood.alerts import Alert
from livelihood.errors import LivelihoodError
from livelihood.scorecard.model import Part, Scorecard, TargetCard


def of_plan(card: Scorecard, plan: str) -> Scorecard:
    """Only the plan with this code, or with this text in its name."""
    chosen = tuple(p for p in card.plans if plan == p.plan_id or plan in p.name_zh + p.name_en)
    if not chosen:
        raise _nothing("plan", plan, (p.plan_id for p in card.plans))
    ids = {target.target_id for p in chosen for target in p.targets}
    return replace(
        card, plans=chosen, alerts=_about(card, lambda alert: alert.detail.get("target_id") in ids)
    )


def of_department(card: Scorecard, department: str) -> Scorecard:
    """Only the targets a department leads; its name may be shortened (人社局)."""
    if not any(department in target.owner for target in _all(card)):
        raise _nothing("department", department, (target.owner for target in _all(card)))
    return replace(
        _only(card, lambda target: target if department in target.owner else None),
        alerts=_about(card, lambda alert: department in (alert.owner or "")),
        scope=department,
    )


def of_township(card: Scorecard, township: str) -> Scorecard:
    """The verdicts on one township, given by name or code, of the targets each township has."""
    parts = {part.region_code: part.region_zh for t in _all(card) for part in t.parts}
    codes = [code for code, name in parts.items() if township in (code, name)]
    if len(codes) != 1:
        names = (f"{name} {code}" for code, name in parts.items())
        raise _nothing("township", township, names)
    return replace(
        _only(card, lambda target: _in_township(target, codes[0])),
        alerts=_about(card, lambda alert: alert.detail.get("region_code") == codes[0]),
        scope=parts[codes[0]],
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


def _all(card: Scorecard) -> Iterable[TargetCard]:
    return (target for plan in card.plans for target in plan.targets)


def _only(card: Scorecard, choose: Callable[[TargetCard], TargetCard | None]) -> Scorecard:
    """The card with the targets `choose` gives back, and the plans that keep one."""
    plans = []
    for plan in card.plans:
        targets = tuple(found for target in plan.targets if (found := choose(target)))
        if targets:
            plans.append(replace(plan, targets=targets))
    return replace(card, plans=tuple(plans))


def _about(card: Scorecard, is_about: Callable[[Alert], bool]) -> tuple[Alert, ...]:
    return tuple(alert for alert in card.alerts if is_about(alert))


def _nothing(kind: str, name: str, known: Iterable[str]) -> LivelihoodError:
    return LivelihoodError(
        f"The scorecard has no {kind} {name!r}; there are: "
        f"{', '.join(sorted(filter(None, set(known))))}."
    )
