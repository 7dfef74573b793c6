"""The seed tables agree with one another and with dbt: references, types, dates, regions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest
import yaml

from livelihood.registry import Plan, Region, Target, load_plans, load_regions, load_targets
from livelihood.registry.seeds import SEEDS, SeedRow
from tests.policy.repository import require
from tests.policy.seeds import MODELS, label, seed

LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "township"}
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
    ("report_deadlines", "plan_id", "plans"),
    ("targets", "unit", "units"),
    ("indicators", "unit", "units"),
    ("target_parts", "unit", "units"),
    ("standards", "unit", "units"),
]
# Types of dbt's columns by the types of the registry's fields.
DBT_TYPES = {
    dt.date: "date",
    Decimal: "numeric",
    bool: "boolean",
    int: "integer",
}


def test_every_seed_file_is_in_the_registry() -> None:
    assert {path.stem for path in SEEDS.glob("*.csv")} == MODELS.keys()


@pytest.mark.parametrize("name", sorted(MODELS))
def test_rows_are_valid_and_their_keys_unique(name: str) -> None:
    # Reading raises an error otherwise; tests/unit/registry plants such faults.
    assert seed(name)


@pytest.mark.parametrize(("name", "column", "parent"), REFERENCES)
def test_references_exist(name: str, column: str, parent: str) -> None:
    [key] = MODELS[parent].key
    values = {None, *(getattr(row, key) for row in seed(parent))}
    require(
        f"{label(row)}: {column} {getattr(row, column)!r} is not in {parent}.csv"
        for row in seed(name)
        if getattr(row, column) not in values
    )


@pytest.mark.parametrize("name", sorted(MODELS))
def test_text_is_not_blank(name: str) -> None:
    require(
        f"{label(row)}: {column} is blank"
        for row in seed(name)
        for column, value in row
        if isinstance(value, str) and value and not value.strip()
    )


def dbt_type(model: type[SeedRow], column: str) -> str:
    """Return the type that a column of the registry has in dbt."""
    types = set(python_types(model.model_fields[column].annotation))
    return next((name for python, name in DBT_TYPES.items() if python in types), "text")


def python_types(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and what it is composed of."""
    yield annotation
    for part in get_args(annotation):
        yield from python_types(part)


def test_columns_have_the_same_type_in_dbt() -> None:
    document = yaml.safe_load((SEEDS / "_seeds.yml").read_text(encoding="utf-8"))
    types = {node["name"]: node["config"]["column_types"] for node in document["seeds"]}
    assert types.keys() == MODELS.keys()
    require(
        f"{name}.{column}: {types[name].get(column)} in _seeds.yml, {dbt_type(model, column)} here"
        for name, model in MODELS.items()
        for column in model.model_fields
        if types[name].get(column, "text") != dbt_type(model, column)
    )


@pytest.mark.parametrize("rows", [load_plans(), load_targets()])
def test_periods_start_before_they_end(rows: dict[str, Plan | Target]) -> None:
    require(
        f"{label(row)}: starts_on {row.starts_on} is after ends_on {row.ends_on}"
        for row in rows.values()
        if row.starts_on > row.ends_on
    )


def region_problems(region: Region) -> list[str]:
    """Return what keeps a region from having its place in the tree."""
    code, parent = region.region_code, region.parent_code
    lengths = sorted(LEVELS)
    if not code.isdigit() or LEVELS.get(len(code)) != region.level:
        return [f"regions.csv {code}: a {region.level} code does not have {len(code)} characters"]
    if not region.name_zh or region.name_zh != region.name_zh.strip():
        return [f"regions.csv {code}: name_zh is empty or padded"]
    if len(code) == lengths[0]:
        return [f"regions.csv {code}: a province has no parent"] if parent else []
    above = code[: lengths[lengths.index(len(code)) - 1]]
    if parent != above:
        return [f"regions.csv {code}: parent_code {parent!r}, expected {above}"]
    return [] if parent in load_regions() else [f"regions.csv {code}: parent {parent} is missing"]


def test_regions_form_a_tree() -> None:
    require(problem for region in load_regions().values() for problem in region_problems(region))


def test_counties_have_townships() -> None:
    parents = {region.parent_code for region in load_regions().values()}
    require(
        f"regions.csv {region.region_code} {region.name_zh}: has no region below it"
        for region in load_regions().values()
        if region.level != "township" and region.region_code not in parents
    )
