"""Every promise in the registry can be judged, is counted once, and has its plan's own words."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal, InvalidOperation

from livelihood.contracts import load_contracts
from tests.policy.repository import require
from tests.policy.seeds import Row, seed

PERIODICITIES = {"cumulative", "annual", "by_end", "monthly", "continuous"}
COMPARATORS = {">=", "<=", "=", "between", "growth", "relative", "trend"}
BASES = {"stated", "implied", "reading"}
STATEMENTS = {
    "level",
    "coverage",
    "zero",
    "growth",
    "relative",
    "direction",
    "standard",
    "cap",
    "threshold",
    "commitment",
    "deadline",
    "table_cell",
}


def test_target_ids_start_with_the_short_name_of_their_plan() -> None:
    require(
        [
            f"{row['target_id']}: write <short name of {row['plan_id']}>_<what is promised>, "
            "in a-z, 0-9 and _"
            for row in seed("targets")
            if not re.fullmatch(rf"{row['plan_id'].split('_')[0]}_[a-z0-9_]+", row["target_id"])
        ]
    )


def vocabulary(row: Row) -> dict[str, set[str]]:
    """The values that each column of a target may take."""
    return {
        "periodicity": PERIODICITIES,
        "comparator": COMPARATORS,
        "basis": BASES,
        "statement_kind": STATEMENTS,
        "measured_by": {*load_contracts(), "none"},
        # An indicator has a direction of its own.
        "direction": {""} if row["indicator_code"] else {"up", "down"},
        "is_approximate": {"true", "false"},
        "applies_to_parts": {"true", "false"},
    }


def test_targets_use_the_vocabulary() -> None:
    require(
        [
            f"{row['target_id']}: {column} {row[column]!r} is none of {', '.join(sorted(values))}"
            for row in seed("targets")
            for column, values in vocabulary(row).items()
            if row[column] not in values
        ]
    )


def unit_problem(row: Row, indicator_unit: str) -> str | None:
    """What is wrong with the unit of a target, given the unit of its indicator."""
    fitting = {"growth": {"pct", indicator_unit}, "relative": {"pct"}}
    expected = fitting.get(row["comparator"], {indicator_unit})
    if row["unit"] in expected:
        return None
    return f"{row['target_id']}: unit {row['unit']!r}, expected {' or '.join(sorted(expected))}"


def test_units_are_those_of_the_indicator() -> None:
    units = {row["indicator_code"]: row["unit"] for row in seed("indicators")}
    targets = [
        unit_problem(row, units.get(row["indicator_code"], row["unit"]))
        for row in seed("targets")
        if row["indicator_code"]
    ]
    baselines = [
        f"{row['baseline_id']}: unit {row['unit']!r}, expected {units[row['indicator_code']]}"
        for row in seed("baselines")
        if row["unit"] != units.get(row["indicator_code"], row["unit"])
    ]
    require([problem for problem in [*targets, *baselines] if problem])


# Collected once a year, or of a whole year: a year has one figure and not a sum.
YEARLY = {"contribution_subsidy_rate_pct", "government_paid_cover_pct", "urban_rural_income_ratio"}


def test_sums_over_time_are_promised_of_flows_only() -> None:
    kinds = {row["indicator_code"]: row["kind"] for row in seed("indicators")}
    yearly = YEARLY | {
        row["indicator_code"] for row in seed("indicators") if row["stream"] == "household_survey"
    }
    require(
        [
            f"{row['target_id']}: {row['periodicity']} adds up months, but "
            f"{row['indicator_code']} is a {kinds[row['indicator_code']]}"
            for row in seed("targets")
            if row["periodicity"] in {"cumulative", "annual"}
            and kinds.get(row["indicator_code"], "flow") != "flow"
            and not (row["periodicity"] == "annual" and row["indicator_code"] in yearly)
        ]
    )


def is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def value_problems(row: Row) -> list[str]:
    """What is wrong with the values of a target, given its comparator."""
    needs = {
        "value": row["comparator"] != "trend",
        "value_high": row["comparator"] == "between",
    }
    problems = [
        f"{row['target_id']}: {column} {row[column]!r}, but comparator {row['comparator']} "
        f"wants {'a number' if needed else 'it empty'}"
        for column, needed in needs.items()
        if (is_number(row[column]) if needed else row[column] == "") is False
    ]
    has_reference = bool(row["reference_indicator_code"] and row["reference_population"])
    if has_reference != (row["comparator"] == "relative"):
        problems.append(
            f"{row['target_id']}: a reference indicator and population belong to the comparator "
            "relative, and to no other; report a lead over anything else in percentage_points"
        )
    return problems


def test_values_fit_the_comparator() -> None:
    require([problem for row in seed("targets") for problem in value_problems(row)])


def measure_problem(row: Row, indicators: dict[str, Row]) -> str | None:
    """What is wrong with what a target is measured by."""
    target, code, by = row["target_id"], row["indicator_code"], row["measured_by"]
    if bool(row["not_measurable_reason"].strip()) != (by == "none"):
        return f"{target}: not_measurable_reason belongs to measured_by none, and to no other"
    if not code:
        known = {"reported_figure", "none"}
        return None if by in known else f"{target}: measured_by {by}, but no indicator_code"
    indicator = indicators[code]
    if row["population"] not in indicator["populations"].split():
        return f"{target}: {code} is not counted for the population {row['population']}"
    stream = indicator["stream"] or indicators[indicator["numerator_indicator"]]["stream"]
    return None if by == stream else f"{target}: measured_by {by}, but {code} is from {stream}"


def test_a_target_is_measured_by_what_can_measure_it() -> None:
    indicators = {row["indicator_code"]: row for row in seed("indicators")}
    require([found for row in seed("targets") if (found := measure_problem(row, indicators))])


def test_nearly_every_target_is_measured() -> None:
    targets = seed("targets")
    silent = [row["target_id"] for row in targets if row["measured_by"] == "none"]
    assert len(silent) < 0.05 * len(targets), silent


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
    assert Counter(row["plan_id"] for row in seed("targets")) == TARGETS_OF_PLANS


def test_a_repetition_points_at_what_was_said_first() -> None:
    targets = {row["target_id"]: row for row in seed("targets")}
    problems = []
    for row in targets.values():
        first = targets.get(row["duplicate_of"])
        if first and first["plan_id"] != row["plan_id"]:
            problems.append(f"{row['target_id']}: duplicate_of is of another plan")
        if first and first["duplicate_of"]:
            problems.append(f"{row['target_id']}: point at {first['duplicate_of']}, the first")
    require(problems)


def contradiction_problems(row: Row, known: set[str]) -> list[str]:
    """What is wrong with the ids of a contradiction."""
    named = row["target_ids"].split()
    problems = [
        f"{row['contradiction_id']}: {name} is no target or baseline"
        for name in named
        if name not in known
    ]
    if row["monitored_target_id"] and row["monitored_target_id"] not in named:
        problems.append(f"{row['contradiction_id']}: the monitored target is not among its ids")
    return problems


def test_contradictions_name_what_exists() -> None:
    known = {row["target_id"] for row in seed("targets")}
    known |= {row["baseline_id"] for row in seed("baselines")}
    require([line for row in seed("contradictions") for line in contradiction_problems(row, known)])


def test_every_plan_has_headline_targets() -> None:
    plans = {row["plan_id"]: row["goals_section"] for row in seed("plans")}
    leading = {
        row["plan_id"]
        for row in seed("targets")
        if row["section"].startswith(plans[row["plan_id"]]) and not row["duplicate_of"]
    }
    assert leading == set(plans)


def test_targets_lie_within_their_plan() -> None:
    plans = {row["plan_id"]: row for row in seed("plans")}
    problems = []
    for row in seed("targets"):
        plan = plans.get(row["plan_id"], row)
        if row["starts_on"] < plan["starts_on"] or row["ends_on"] > plan["ends_on"]:
            problems.append(f"{row['target_id']}: its period is not within that of the plan")
    require(problems)
