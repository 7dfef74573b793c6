"""The seed tables agree with one another; every promise in them can be judged or says why not."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from decimal import Decimal, InvalidOperation

import pytest

from livelihood.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"
Row = dict[str, str]

PERIODICITIES = {"cumulative", "annual", "by_end", "monthly", "continuous"}
COMPARATORS = {">=", "<=", "=", "between", "growth", "relative", "trend"}
BASES = {"stated", "implied", "reading"}
LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "township"}
KEYS = {
    "regions": ("region_code",),
    "plans": ("plan_id",),
    "targets": ("target_id",),
    "baselines": ("baseline_id",),
    "standards": ("standard", "region_code", "valid_from"),
    "indicators": ("indicator_code",),
    "populations": ("population",),
}
REQUIRED = {
    "plans": ("name_zh", "name_en", "document", "region_code", "monitor_from"),
    "targets": ("section", "name_zh", "name_en", "population", "unit", "owner", "note"),
    "baselines": ("section", "value", "unit", "period"),
    "standards": ("value", "unit", "valid_from", "source"),
}
# column of a seed -> seed that holds the values it may take
REFERENCES = [
    ("targets", "plan_id", "plans"),
    ("targets", "region_code", "regions"),
    ("targets", "population", "populations"),
    ("targets", "indicator_code", "indicators"),
    ("targets", "reference_indicator_code", "indicators"),
    ("targets", "reference_population", "populations"),
    ("baselines", "plan_id", "plans"),
    ("baselines", "region_code", "regions"),
    ("baselines", "population", "populations"),
    ("baselines", "indicator_code", "indicators"),
    ("plans", "region_code", "regions"),
    ("standards", "region_code", "regions"),
]


def seed(name: str) -> list[Row]:
    path = SEEDS / f"{name}.csv"
    assert path.is_file(), f"{path.relative_to(ROOT)} is missing"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows, f"{path.relative_to(ROOT)} has no rows"
    return rows


def label(name: str, row: Row) -> str:
    return f"{name}.csv {'/'.join(row[column] for column in KEYS[name])}"


def require(problems: list[str]) -> None:
    assert not problems, "\n".join(["", *problems])


@pytest.mark.parametrize("name", sorted(KEYS))
def test_keys_are_unique(name):
    counts = Counter(label(name, row) for row in seed(name))
    require([f"{key} appears {count} times" for key, count in counts.items() if count > 1])


@pytest.mark.parametrize(("name", "column", "parent"), REFERENCES)
def test_references_exist(name, column, parent):
    known = {row[KEYS[parent][0]] for row in seed(parent)}
    require(
        [
            f"{label(name, row)}: {column} {row[column]!r} is not in {parent}.csv"
            for row in seed(name)
            if row[column] and row[column] not in known
        ]
    )


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_required_columns_are_filled(name):
    require(
        [
            f"{label(name, row)}: {column} is empty"
            for row in seed(name)
            for column in REQUIRED[name]
            if not row[column].strip()
        ]
    )


def test_target_ids_start_with_the_short_name_of_their_plan():
    require(
        [
            f"{row['target_id']}: write <short name of {row['plan_id']}>_<what is promised>, "
            "in a-z, 0-9 and _"
            for row in seed("targets")
            if not re.fullmatch(rf"{row['plan_id'].split('_')[0]}_[a-z0-9_]+", row["target_id"])
        ]
    )


def test_targets_use_the_vocabulary():
    allowed = {
        "periodicity": PERIODICITIES,
        "comparator": COMPARATORS,
        "basis": BASES,
        "is_approximate": {"true", "false"},
        "applies_to_parts": {"true", "false"},
    }
    require(
        [
            f"{row['target_id']}: {column} {row[column]!r} is none of {', '.join(sorted(values))}"
            for row in seed("targets")
            for column, values in allowed.items()
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


def test_units_are_those_of_the_indicator():
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


# Collected once a year, so that a year has one figure and not a sum.
YEARLY = {"contribution_subsidy_rate_pct", "government_paid_cover_pct"}


def test_sums_over_time_are_promised_of_flows_only():
    kinds = {row["indicator_code"]: row["kind"] for row in seed("indicators")}
    require(
        [
            f"{row['target_id']}: {row['periodicity']} adds up months, but "
            f"{row['indicator_code']} is a {kinds[row['indicator_code']]}"
            for row in seed("targets")
            if row["periodicity"] in {"cumulative", "annual"}
            and kinds.get(row["indicator_code"], "flow") != "flow"
            and not (row["periodicity"] == "annual" and row["indicator_code"] in YEARLY)
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
    if row["indicator_code"]:
        has_reference = bool(row["reference_indicator_code"] and row["reference_population"])
        if has_reference != (row["comparator"] == "relative"):
            problems.append(
                f"{row['target_id']}: a reference indicator and population belong to the "
                "comparator relative, and to no other"
            )
    return problems


def test_values_fit_the_comparator():
    require([problem for row in seed("targets") for problem in value_problems(row)])


def test_a_target_is_measured_or_says_why_not():
    problems = []
    for row in seed("targets"):
        if not row["indicator_code"] and not row["not_measurable_reason"].strip():
            problems.append(f"{row['target_id']}: neither indicator_code nor not_measurable_reason")
        if row["indicator_code"] and row["not_measurable_reason"].strip():
            problems.append(f"{row['target_id']}: has an indicator and a reason for having none")
    require(problems)


def is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


DATES = [
    ("plans", "starts_on"),
    ("plans", "ends_on"),
    ("plans", "monitor_from"),
    ("targets", "starts_on"),
    ("targets", "ends_on"),
    ("baselines", "period"),
    ("standards", "valid_from"),
]


@pytest.mark.parametrize(("name", "column"), DATES)
def test_dates_are_iso(name, column):
    require(
        [
            f"{label(name, row)}: {column} {row[column]!r} is not a date like 2022-01-31"
            for row in seed(name)
            if not is_date(row[column])
        ]
    )


@pytest.mark.parametrize("name", ["plans", "targets"])
def test_periods_start_before_they_end(name):
    require(
        [
            f"{label(name, row)}: starts_on {row['starts_on']} is after ends_on {row['ends_on']}"
            for row in seed(name)
            if row["starts_on"] > row["ends_on"]
        ]
    )


def test_targets_lie_within_their_plan():
    plans = {row["plan_id"]: row for row in seed("plans")}
    problems = []
    for row in seed("targets"):
        plan = plans.get(row["plan_id"], row)
        if row["starts_on"] < plan["starts_on"] or row["ends_on"] > plan["ends_on"]:
            problems.append(f"{row['target_id']}: its period is not within that of the plan")
    require(problems)


def region_problems(row: Row, levels: dict[str, str]) -> list[str]:
    """What keeps a region from having its place in the tree; `levels` is level by region code."""
    code, parent = row["region_code"], row["parent_code"]
    lengths = sorted(LEVELS)
    if not code.isdigit() or LEVELS.get(len(code)) != row["level"]:
        return [f"regions.csv {code}: {len(code)} characters do not make a {row['level']} code"]
    if not row["name_zh"] or row["name_zh"] != row["name_zh"].strip():
        return [f"regions.csv {code}: name_zh is empty or padded"]
    if len(code) == lengths[0]:
        return [f"regions.csv {code}: a province has no parent"] if parent else []
    above = code[: lengths[lengths.index(len(code)) - 1]]
    if parent != above:
        return [f"regions.csv {code}: parent_code {parent!r}, expected {above}"]
    return [] if parent in levels else [f"regions.csv {code}: its parent {parent} is missing"]


def test_regions_form_a_tree():
    regions = seed("regions")
    levels = {row["region_code"]: row["level"] for row in regions}
    require([problem for row in regions for problem in region_problems(row, levels)])


def test_counties_have_townships():
    regions = seed("regions")
    parents = {row["parent_code"] for row in regions}
    require(
        [
            f"regions.csv {row['region_code']} {row['name_zh']}: has no region below it"
            for row in regions
            if row["level"] != "township" and row["region_code"] not in parents
        ]
    )
