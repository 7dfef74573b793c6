"""Published marts are those of the manifest, and an incomplete declaration is reported."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from livelihood.errors import LivelihoodError
from livelihood.publish import load_marts

MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.livelihood.wage_arrears": {
            "name": "wage_arrears",
            "schema": "marts",
            "description": "Wages unpaid.",
            "config": {"meta": {"key": ["project_code"]}},
            "columns": {
                "project_code": {"name": "project_code", "data_type": "text", "description": "x"},
                "unpaid_yuan": {"name": "unpaid_yuan", "data_type": "numeric", "description": ""},
            },
        },
        "model.livelihood.not_exposed": {"name": "not_exposed"},
    },
    "exposures": {
        "exposure.livelihood.monitoring": {
            "name": "monitoring",
            "depends_on": {"nodes": ["model.livelihood.wage_arrears"]},
        }
    },
}


def write(folder: Path, manifest: dict[str, Any]) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return path


def test_the_exposed_marts_are_read_with_columns_and_key(tmp_path: Path) -> None:
    (mart,) = load_marts(write(tmp_path, MANIFEST))
    assert (mart.schema, mart.name, mart.key) == ("marts", "wage_arrears", ("project_code",))
    assert mart.column_names == ("project_code", "unpaid_yuan")
    assert mart.value_names == ("unpaid_yuan",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda node: node["config"]["meta"].pop("key"), "`key` is missing"),
        (lambda node: node["config"]["meta"].update(key=["no_such"]), "no_such"),
        (lambda node: node["columns"]["unpaid_yuan"].pop("data_type"), "declares no data_type"),
    ],
)
def test_an_incomplete_mart_is_named(tmp_path: Path, change: Any, message: str) -> None:
    manifest = copy.deepcopy(MANIFEST)
    change(manifest["nodes"]["model.livelihood.wage_arrears"])
    with pytest.raises(LivelihoodError, match=message) as raised:
        load_marts(write(tmp_path, manifest))
    assert "wage_arrears" in str(raised.value)


def test_the_error_for_a_missing_manifest_or_exposure_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(LivelihoodError, match="livelihood build"):
        load_marts(tmp_path / "manifest.json")
    with pytest.raises(LivelihoodError, match=r"exposures\.yml"):
        load_marts(write(tmp_path, {"nodes": {}, "exposures": {}}))
