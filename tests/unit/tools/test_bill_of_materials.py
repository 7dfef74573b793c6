"""The bill of materials lists exactly what is locked, and nothing of the machine that wrote it."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from livelihood.settings import ROOT
from tools import bill_of_materials
from tools.bill_of_materials import JARS, PATH, REQUIREMENTS, render

TEXT = PATH.read_text(encoding="utf-8")
BILL: dict[str, Any] = json.loads(TEXT)


def test_it_lists_exactly_the_locked_versions() -> None:
    pins = re.findall(r"(?m)^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", REQUIREMENTS.read_text())
    expected = {f"pkg:pypi/{name}@{version}" for name, version in pins}
    jars = tomllib.loads(JARS.read_text())["dependencies"]
    expected |= {f"pkg:maven/{jar['groupId']}/{jar['artifactId']}@{jar['version']}" for jar in jars}
    listed = [component["purl"] for component in BILL["components"]]
    assert set(listed) == expected, "run `make lock`"
    assert len(listed) == len(expected)


def test_it_describes_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    component = BILL["metadata"]["component"]
    assert (component["name"], component["version"]) == (project["name"], project["version"])


def test_it_follows_the_schema() -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(TEXT) is None
    assert validator.validate_str(TEXT.replace('"library"', '"x"')) is not None


def test_it_depends_on_no_machine_and_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render() == TEXT, "run `make lock`"
    assert not {"serialNumber", "timestamp"} & (set(BILL) | set(BILL["metadata"]))
    assert re.findall(r'"[^"]*://[^"]*"', TEXT) == [f'"{BILL["$schema"]}"']


def test_a_changed_lock_file_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changed = tmp_path_factory.mktemp("lock") / "requirements.txt"
    changed.write_text(REQUIREMENTS.read_text() + f"another==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(bill_of_materials, "REQUIREMENTS", changed)
    assert "pkg:pypi/another@1.0" in render()
