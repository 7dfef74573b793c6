"""Rules of dbt-project-evaluator that apply here: layers, names, descriptions, keys and tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from livelihood.settings import ROOT
from tests.policy.models import models
from tests.policy.repository import require

PROJECT = ROOT / "dbt_project"
MODELS = PROJECT / "models"
MACRO = re.compile(r"{%-? *(?:macro|test) (\w+)\(([^)]*)\)")
SOURCE = re.compile(r"source\('landing', '(\w+)'\)")
# What the models of a folder are called.
NAMES = {
    "staging": "stg_[a-z_]+",
    "checkpoint": "incremental_checkpoint",
    "marts": "(?!stg_|int_)[a-z_]+",
    "intermediate/records": "int_[a-z_]+_records",
    "intermediate/changed_keys": "int_changed_[a-z_]+s|int_[a-z_]+_changes",
    "intermediate/spells": "int_[a-z_]+_spells",
    "intermediate/months": "int_[a-z_]+_months",
    "intermediate/measures": "int_[a-z_]+_measures",
    "intermediate/targets": "int_target_[a-z_]+",
    "intermediate/monitors": "int_[a-z_]+_actions",
    "intermediate/worklists": "int_[a-z_]+_actions",
}
# The layers that a model of each layer may read.
READS = {
    "staging": set[str](),
    "intermediate": {"staging", "intermediate"},
    "marts": {"intermediate", "marts"},
    "checkpoint": {"marts", "intermediate"},
}


@dataclass(frozen=True)
class Node:
    """A model with what the rules look at."""

    name: str
    folder: str
    refs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    description: str = ""
    is_ephemeral: bool = False
    has_key: bool = False
    has_unit_test: bool = False

    @property
    def layer(self) -> str:
        return self.folder.split("/")[0]


@lru_cache(maxsize=1)
def nodes() -> dict[str, Node]:
    """Return every model of the project by name."""
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in MODELS.rglob("*.yml")]
    declared = {m["name"]: m for document in documents for m in document.get("models", [])}
    tested = {t["model"] for document in documents for t in document.get("unit_tests", [])}
    return {
        path.stem: _node(path, declared.get(path.stem, {}), tested)
        for path in sorted(MODELS.rglob("*.sql"))
    }


def _node(path: Path, declared: Mapping[str, Any], tested: set[str]) -> Node:
    text = path.read_text(encoding="utf-8")
    folder = path.parent.relative_to(MODELS).as_posix()
    return Node(
        path.stem,
        folder,
        tuple(models()[path.stem].refs),
        tuple(SOURCE.findall(text)),
        declared.get("description", ""),
        _materialization(folder, text) == "ephemeral",
        any("key" in test for test in declared.get("data_tests", [])),
        path.stem in tested,
    )


def _materialization(folder: str, text: str) -> str | None:
    """Return what the model declares, or else the innermost of its folders in dbt_project.yml."""
    written = re.search(r"materialized='(\w+)'", text)
    if written:
        return written[1]
    value = None
    config = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["models"]
    for part in ("livelihood", *folder.split("/")):
        config = config.get(part, {})
        value = config.get("+materialized", value)
    return value


def name_problems(node: Node) -> Iterator[str]:
    """Yield what is wrong with a model's name in its folder."""
    default = NAMES.get(node.layer, "int_[a-z_]+")
    if not re.fullmatch(NAMES.get(node.folder, default), node.name):
        yield f"{node.name}: not a name of the folder {node.folder}"


def layer_problems(node: Node, nodes_by_name: Mapping[str, Node]) -> Iterator[str]:
    """Yield what a model reads and must not; seeds may be read from everywhere but staging."""
    if (node.layer == "staging") != bool(node.sources):
        yield f"{node.name}: staging models read a source, and no other model does"
    if node.sources and node.refs:
        yield f"{node.name}: joins a source with a model"
    if len(set(node.sources)) > 1:
        yield f"{node.name}: joins two sources"
    for name in node.refs:
        if name in nodes_by_name and nodes_by_name[name].layer not in READS[node.layer]:
            yield f"{node.name}: a model of {node.layer} must not read {name}"


def declaration_problems(node: Node) -> Iterator[str]:
    """Yield what a model's YAML lacks."""
    if not node.description.strip().endswith("."):
        yield f"{node.name}: describe it in a sentence"
    if node.is_ephemeral and not node.has_unit_test:
        yield f"{node.name}: an ephemeral model needs a unit test"
    if not node.is_ephemeral and not node.has_key:
        yield f"{node.name}: test its key"


def exposure_problems(exposed: list[str], nodes_by_name: Mapping[str, Node]) -> Iterator[str]:
    """Yield what an exposure shows that is no mart."""
    for name in exposed:
        if nodes_by_name[name].layer != "marts":
            yield f"exposures.yml: {name} is no mart"


def macro_problems(written: Mapping[str, list[str]], declared: list[dict[str, Any]]) -> list[str]:
    """Return macros without a description, and descriptions whose macro or arguments differ."""
    described = {
        macro["name"]: [argument["name"] for argument in macro.get("arguments", [])]
        for macro in declared
        if macro.get("description")
    }
    return [
        f"_macros.yml: describe {name}({', '.join(written.get(name, ['which does not exist']))})"
        for name in sorted(written.keys() | described.keys())
        if written.get(name) != described.get(name)
    ]


def written_macros() -> dict[str, list[str]]:
    """Return the arguments of each macro and generic test."""
    files = [*(PROJECT / "macros").glob("*.sql"), *(PROJECT / "tests" / "generic").glob("*.sql")]
    return {
        ("test_" if path.parent.name == "generic" else "") + name: re.findall(
            r"(\w+)(?:=[^,]*(?:\[[^]]*\])?)?(?:, |$)", arguments.strip()
        )
        for path in files
        for name, arguments in MACRO.findall(" ".join(path.read_text("utf-8").split()))
    }


def declared_macros() -> list[dict[str, Any]]:
    document = yaml.safe_load((PROJECT / "macros" / "_macros.yml").read_text("utf-8"))
    return list(document["macros"])


def problems(node: Node) -> list[str]:
    return [
        *name_problems(node),
        *layer_problems(node, nodes()),
        *declaration_problems(node),
    ]


def test_every_model_follows_the_rules() -> None:
    assert len(nodes()) > 100
    assert {node.layer for node in nodes().values()} == set(READS)
    require(problem for node in nodes().values() for problem in problems(node))


def test_exposures_show_marts_only() -> None:
    document = yaml.safe_load((MODELS / "exposures.yml").read_text(encoding="utf-8"))
    exposed = re.findall(r"ref\('(\w+)'\)", str(document).replace('"', "'"))
    assert exposed
    require(exposure_problems(exposed, nodes()))


def test_every_macro_is_described_with_its_arguments() -> None:
    assert len(written_macros()) > 20
    require(macro_problems(written_macros(), declared_macros()))


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("stg_employment", {"name": "employment"}, "not a name of the folder"),
        ("int_employment_spells", {"name": "int_employment_spell"}, "not a name of the folder"),
        ("target_progress", {"name": "int_target_progress"}, "not a name of the folder"),
        ("stg_employment", {"sources": ()}, "staging models read a source"),
        ("stg_employment", {"refs": ("regions",)}, "joins a source with a model"),
        ("stg_employment", {"sources": ("employment", "training")}, "joins two sources"),
        ("int_employment_spells", {"sources": ("employment",)}, "no other model does"),
        ("int_employment_spells", {"refs": ("target_progress",)}, "must not read target_progress"),
        ("target_progress", {"refs": ("stg_employment",)}, "must not read stg_employment"),
        ("int_employment_spells", {"description": ""}, "describe it"),
        ("int_employment_spells", {"has_key": False}, "test its key"),
        ("int_employment_months", {"has_unit_test": False}, "needs a unit test"),
    ],
)
def test_a_broken_rule_is_found(name: str, change: dict[str, Any], problem: str) -> None:
    assert not problems(nodes()[name])
    assert problem in " ".join(problems(replace(nodes()[name], **change)))


def test_an_exposed_intermediate_model_is_found() -> None:
    assert list(exposure_problems(["int_employment_spells"], nodes()))


@pytest.mark.parametrize("arguments", [[], ["stream"], ["model", "stream"]])
def test_an_undescribed_macro_or_argument_is_found(arguments: list[str]) -> None:
    declared = [{"name": "watermark", "arguments": [{"name": name} for name in arguments]}]
    assert macro_problems({"watermark": ["stream", "model"]}, declared)
    with_text = [{**declared[0], "description": "The watermark."}]
    assert macro_problems({"watermark": ["stream", "model"]}, with_text)
    assert not macro_problems({"watermark": arguments}, with_text)
