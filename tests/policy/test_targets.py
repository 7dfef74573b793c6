"""Every promise in the registry can be judged, is counted once, and has its plan's own words."""

from __future__ import annotations

import re
from collections import Counter

from livelihood.contracts import load_contracts
from livelihood.registry import (
    Contradiction,
    Target,
    load_baselines,
    load_contradictions,
    load_indicators,
    load_plans,
    load_targets,
)
from tests.policy.repository import require

INDICATORS = load_indicators()
TARGETS = load_targets()


def test_target_ids_start_with_the_short_name_of_their_plan() -> None:
    require(
        [
            f"{row.target_id}: write <short name of {row.plan_id}>_<what is promised>, "
            "in a-z, 0-9 and _"
            for row in TARGETS.values()
            if not re.fullmatch(rf"{row.plan_id.split('_')[0]}_[a-z0-9_]+", row.target_id)
        ]
    )


def vocabulary(target: Target) -> dict[str, set[str | None]]:
    """Return the values that a column of a target may take, where its type does not define them."""
    return {
        "measured_by": {*load_contracts(), "none"},
        # An indicator has a direction of its own.
        "direction": {None} if target.indicator_code else {"up", "down"},
    }


def test_targets_use_the_vocabulary() -> None:
    require(
        [
            f"{target.target_id}: {column} is {getattr(target, column)!r}, expected {values}"
            for target in TARGETS.values()
            for column, values in vocabulary(target).items()
            if getattr(target, column) not in values
        ]
    )


def unit_problem(row: Target, indicator_unit: str) -> str | None:
    """Return what is wrong with the unit of a target, given the unit of its indicator."""
    fitting = {"growth": {"pct", indicator_unit}, "relative": {"pct"}}
    expected = fitting.get(row.comparator, {indicator_unit})
    if row.unit in expected:
        return None
    return f"{row.target_id}: unit {row.unit!r}, expected {' or '.join(sorted(expected))}"


def test_units_are_those_of_the_indicator() -> None:
    units = {code: indicator.unit for code, indicator in INDICATORS.items()}
    targets = [
        unit_problem(row, units[row.indicator_code])
        for row in TARGETS.values()
        if row.indicator_code
    ]
    baselines = [
        f"{row.baseline_id}: unit {row.unit!r}, expected {units[row.indicator_code]}"
        for row in load_baselines().values()
        if row.indicator_code and row.unit != units[row.indicator_code]
    ]
    require([problem for problem in [*targets, *baselines] if problem])


# Collected once a year, or of a whole year: a year has one figure and not a sum.
YEARLY = {"contribution_subsidy_rate_pct", "government_paid_cover_pct", "urban_rural_income_ratio"}


def test_sums_over_time_are_promised_of_flows_only() -> None:
    yearly = YEARLY | {code for code, row in INDICATORS.items() if row.stream == "household_survey"}
    require(
        [
            f"{row.target_id}: {row.periodicity} adds up months, but "
            f"{row.indicator_code} is a {INDICATORS[row.indicator_code].kind}"
            for row in TARGETS.values()
            if row.indicator_code
            and row.periodicity in {"cumulative", "annual"}
            and INDICATORS[row.indicator_code].kind != "flow"
            and not (row.periodicity == "annual" and row.indicator_code in yearly)
        ]
    )


def value_problems(row: Target) -> list[str]:
    """Return what is wrong with the values of a target, given its comparator."""
    needs = {
        "value": row.comparator != "trend",
        "value_high": row.comparator == "between",
    }
    problems = [
        f"{row.target_id}: {column} {getattr(row, column)}, but comparator {row.comparator} "
        f"wants {'a number' if needed else 'it empty'}"
        for column, needed in needs.items()
        if (getattr(row, column) is not None) != needed
    ]
    has_reference = bool(row.reference_indicator_code and row.reference_population)
    if has_reference != (row.comparator == "relative"):
        problems.append(
            f"{row.target_id}: a reference indicator and population belong to the comparator "
            "relative, and to no other; report a lead over anything else in percentage_points"
        )
    return problems


def test_values_fit_the_comparator() -> None:
    require([problem for row in TARGETS.values() for problem in value_problems(row)])


def measure_problem(row: Target) -> str | None:
    """Return what is wrong with the measurement of a target."""
    target, code, by = row.target_id, row.indicator_code, row.measured_by
    if bool(row.not_measurable_reason.strip()) != (by == "none"):
        return f"{target}: not_measurable_reason belongs to measured_by none, and to no other"
    if not code:
        without_indicator = {"reported_figure", "none"}
        return (
            None
            if by in without_indicator
            else f"{target}: measured_by {by}, but no indicator_code"
        )
    indicator = INDICATORS[code]
    if row.population not in indicator.populations:
        return f"{target}: {code} is not counted for the population {row.population}"
    stream = indicator.stream or INDICATORS[indicator.numerator_indicator or ""].stream
    return None if by == stream else f"{target}: measured_by {by}, but {code} is from {stream}"


def test_a_target_is_measured_by_what_can_measure_it() -> None:
    require(filter(None, map(measure_problem, TARGETS.values())))


def test_nearly_every_target_is_measured() -> None:
    silent = [row.target_id for row in TARGETS.values() if row.measured_by == "none"]
    assert len(silent) < 0.05 * len(TARGETS), silent


# Rows do not vanish unnoticed: change a number with the rows.
TARGETS_OF_PLANS = {
    "ceheng_income_2022": 300,
    "liangzhou_income_2016": 145,
    "liangzhou_employment_2016": 101,
    "quzhou_common_prosperity_2021": 66,
    "bayannur_income_2017": 77,
    "lanzhou_income_2017": 51,
}


def test_each_plan_has_its_targets() -> None:
    assert Counter(row.plan_id for row in TARGETS.values()) == TARGETS_OF_PLANS


def test_a_repetition_points_at_what_was_said_first() -> None:
    problems = []
    for row in TARGETS.values():
        first = TARGETS.get(row.duplicate_of or "")
        if first and first.plan_id != row.plan_id:
            problems.append(f"{row.target_id}: duplicate_of is of another plan")
        if first and first.duplicate_of:
            problems.append(f"{row.target_id}: point at {first.duplicate_of}, the first")
    require(problems)


def contradiction_problems(row: Contradiction, target_ids: set[str]) -> list[str]:
    """Return what is wrong with the ids of a contradiction."""
    named = row.target_ids
    problems = [
        f"{row.contradiction_id}: {name} is no target or baseline"
        for name in named
        if name not in target_ids
    ]
    if row.monitored_target_id and row.monitored_target_id not in named:
        problems.append(f"{row.contradiction_id}: the monitored target is not among its ids")
    return problems


def test_contradictions_name_what_exists() -> None:
    target_ids = TARGETS.keys() | load_baselines().keys()
    require(
        line for row in load_contradictions() for line in contradiction_problems(row, target_ids)
    )


def test_every_plan_has_headline_targets() -> None:
    plans = load_plans()
    leading = {
        row.plan_id
        for row in TARGETS.values()
        if row.section.startswith(plans[row.plan_id].goals_section) and not row.duplicate_of
    }
    assert leading == set(plans)


def test_targets_lie_within_their_plan() -> None:
    problems = []
    for row in TARGETS.values():
        plan = load_plans()[row.plan_id]
        if row.starts_on < plan.starts_on or row.ends_on > plan.ends_on:
            problems.append(f"{row.target_id}: its period is not within that of the plan")
    require(problems)
