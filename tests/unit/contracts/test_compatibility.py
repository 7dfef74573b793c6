"""A change that messages of yesterday would break needs a new major version, any other a minor."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faults.evolution import BREAKING
from livelihood.contracts import load_contract
from livelihood.contracts.compatibility import refused_changes
from livelihood.contracts.derive import json_schema
from tools.generate import __main__ as generate

FORMER = json_schema(load_contract("training"))


def changed(version: str | None, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    present = copy.deepcopy(FORMER)
    change(present)
    if version:
        present["title"] = f"training {version}"
    return present


def add_optional(schema: dict[str, Any]) -> None:
    schema["properties"]["note"] = {"type": ["string", "null"]}


@pytest.mark.parametrize("kind", [*BREAKING])
def test_a_breaking_change_is_refused_without_a_major_version(kind: str) -> None:
    [problem] = refused_changes(FORMER, changed("1.99.0", BREAKING[kind]))
    assert problem.startswith("training: ")
    assert "raise the major version" in problem
    assert refused_changes(FORMER, changed("99.0.0", BREAKING[kind])) == []


def test_an_optional_column_or_a_wider_bound_needs_a_minor_version() -> None:
    for change in (add_optional, lambda s: s["properties"]["record_id"].update(maxLength=999)):
        [problem] = refused_changes(FORMER, changed(None, change))
        assert "raise the minor one" in problem
        assert refused_changes(FORMER, changed("1.99.0", change)) == []


def test_other_texts_need_no_version() -> None:
    present = changed(None, lambda s: s["properties"]["record_id"].update(description="Other."))
    assert refused_changes(FORMER, present) == []


def test_a_breaking_schema_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "training.schema.json"
    path.write_text(json.dumps(FORMER), encoding="utf-8")
    present = changed("1.99.0", BREAKING["a column removed"])
    monkeypatch.setattr(generate, "derived_files", lambda: {path: lambda: json.dumps(present)})
    monkeypatch.setattr("sys.argv", ["generate"])
    assert generate.main() == 1
    assert "column revision was removed" in capsys.readouterr().err
    assert json.loads(path.read_text(encoding="utf-8")) == FORMER
