"""Models derived from a stream's contract and YAML file, and mistakes in that file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from livelihood.contracts import load_contract
from livelihood.errors import ContractError
from tools.generate import __main__ as generate
from tools.generate.stream_models import (
    StreamModels,
    changes_sql,
    measures_sql,
    read_stream_models,
    records_sql,
    yaml_file,
)


def stream_models(root: Path, *others: str, stream: str = "training", **meta: Any) -> StreamModels:
    """Return the models of a stream whose file has one derived column, `ended_month`."""
    staging = {
        "name": f"stg_{stream}",
        "config": {"meta": meta},
        "columns": [{"name": "ended_month"}],
    }
    path = yaml_file(stream, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"models": [staging, *({"name": name} for name in others)]}))
    return read_stream_models(load_contract(stream), root)


def test_records_are_indexed_by_the_months_they_count_in(tmp_path: Path) -> None:
    models = stream_models(tmp_path, counted_in=["ended_month"], indexes=[["person_token"]])
    assert list(models.indexes) == [
        ("record_id", "source_system", "person_token"),
        ("person_token",),
        ("_changed_load_id",),
        ("township_code", "ended_month"),
    ]
    sql = records_sql(models)
    identity = "['record_id', 'source_system', 'person_token']"
    assert f"record_revisions('training', {identity}, [\n    'ended_month',\n]) }}}}" in sql
    assert f"unique_key={identity}" in sql


def test_records_that_are_not_counted_need_no_changed_keys(tmp_path: Path) -> None:
    models = stream_models(tmp_path, stream="reported_figure")
    assert list(models.indexes) == [("record_id", "source_system", "figure_code")]
    assert not models.has_simple_changes


def test_records_are_sorted_as_declared(tmp_path: Path) -> None:
    models = stream_models(
        tmp_path, counted_in=["ended_month"], cluster_by=["township_code", "ended_month"]
    )
    assert "clustered_by=[\n    'township_code',\n    'ended_month',\n]" in records_sql(models)


def test_changed_months_are_derived_unless_described(tmp_path: Path) -> None:
    models = stream_models(tmp_path, counted_in=["ended_month"])
    assert models.has_simple_changes
    assert "changed_months('training', [\n    'ended_month',\n])" in changes_sql(models)
    assert not stream_models(tmp_path, "int_training_changes").has_simple_changes


def test_measures_are_those_of_the_described_month_models(tmp_path: Path) -> None:
    models = stream_models(tmp_path, "int_b_months", "int_training_changes", "int_a_months")
    assert models.month_models == ["int_b_months", "int_a_months"]
    assert "'int_b_months',\n    'int_a_months',\n" in measures_sql(models)


@pytest.mark.parametrize(
    ("meta", "problem"),
    [
        ({"counted_in": ["due_month"]}, "no column due_month"),
        ({"indexes": [["person_token", "imagined"]]}, "no column imagined"),
        ({"cluster_by": ["imagined"]}, "no column imagined"),
        ({"index": [["person_token"]]}, "index"),
        ({}, "declare counted_in, or write and describe int_training_changes"),
    ],
)
def test_a_mistake_is_reported_with_its_file(
    meta: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ContractError, match=rf"_training\.yml: [\s\S]*{problem}"):
        stream_models(tmp_path, **meta)


def test_a_file_without_the_staging_model_is_reported(tmp_path: Path) -> None:
    path = yaml_file("training", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text("version: 2\n")
    with pytest.raises(ContractError, match="describe the model stg_training"):
        read_stream_models(load_contract("training"), tmp_path)


def test_files_of_a_removed_stream_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    schema = tmp_path / "docs" / "schemas" / "school_meal.schema.json"
    records = tmp_path / "dbt_project" / "models" / "intermediate" / "int_school_meal_records.sql"
    written = records.with_name("int_school_meal_changes.sql")
    for path, text in (
        (schema, "{}"),
        (records, "{#- Generated from contracts/ -#}"),
        (written, "x"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.orphaned_files() == [records, schema]
