"""The seed tables agree with one another: keys, references, dates, regions."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from tests.policy.repository import require
from tests.policy.seeds import KEYS, Row, label, seed

LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "township"}
REQUIRED = {
    "plans": ("name_zh", "name_en", "document", "region_code", "monitor_from", "goals_section"),
    "targets": ("section", "name_zh", "name_en", "population", "unit", "owner", "quote_zh"),
    "baselines": ("section", "name_zh", "value", "unit", "period", "quote_zh"),
    "contradictions": ("target_ids", "conflict_zh", "conflict_en", "reason"),
    "target_parts": ("name_zh", "value", "unit", "owner", "quote_zh"),
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
    ("targets", "duplicate_of", "targets"),
    ("target_parts", "target_id", "targets"),
    ("target_parts", "region_code", "regions"),
    ("contradictions", "plan_id", "plans"),
    ("contradictions", "monitored_target_id", "targets"),
    ("baselines", "plan_id", "plans"),
    ("baselines", "region_code", "regions"),
    ("baselines", "population", "populations"),
    ("baselines", "indicator_code", "indicators"),
    ("plans", "region_code", "regions"),
    ("standards", "region_code", "regions"),
]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_keys_are_unique(name: str) -> None:
    counts = Counter(label(name, row) for row in seed(name))
    require([f"{key} appears {count} times" for key, count in counts.items() if count > 1])


@pytest.mark.parametrize(("name", "column", "parent"), REFERENCES)
def test_references_exist(name: str, column: str, parent: str) -> None:
    known = {row[KEYS[parent][0]] for row in seed(parent)}
    require(
        [
            f"{label(name, row)}: {column} {row[column]!r} is not in {parent}.csv"
            for row in seed(name)
            if row[column] and row[column] not in known
        ]
    )


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_required_columns_are_filled(name: str) -> None:
    require(
        [
            f"{label(name, row)}: {column} is empty"
            for row in seed(name)
            for column in REQUIRED[name]
            if not row[column].strip()
        ]
    )


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
    ("target_parts", "due_on"),
]


@pytest.mark.parametrize(("name", "column"), DATES)
def test_dates_are_iso(name: str, column: str) -> None:
    require(
        [
            f"{label(name, row)}: {column} {row[column]!r} is not a date like 2022-01-31"
            for row in seed(name)
            if not is_date(row[column])
        ]
    )


@pytest.mark.parametrize("name", ["plans", "targets"])
def test_periods_start_before_they_end(name: str) -> None:
    require(
        [
            f"{label(name, row)}: starts_on {row['starts_on']} is after ends_on {row['ends_on']}"
            for row in seed(name)
            if row["starts_on"] > row["ends_on"]
        ]
    )


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


def test_regions_form_a_tree() -> None:
    regions = seed("regions")
    levels = {row["region_code"]: row["level"] for row in regions}
    require([problem for row in regions for problem in region_problems(row, levels)])


def test_counties_have_townships() -> None:
    regions = seed("regions")
    parents = {row["parent_code"] for row in regions}
    require(
        [
            f"regions.csv {row['region_code']} {row['name_zh']}: has no region below it"
            for row in regions
            if row["level"] != "township" and row["region_code"] not in parents
        ]
    )
