"""Every published mart is declared, with type and description of every column."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from livelihood.publish.exposure import EXPOSURE
from livelihood.settings import ROOT
from tests.policy.repository import require

MODELS = ROOT / "dbt_project" / "models"
MARTS = MODELS / "marts"
TYPES = {"text", "numeric", "date", "bigint", "integer", "boolean", "timestamp with time zone"}
# First the Chinese name, which heads the column of a page, then a sentence.
DESCRIPTION = re.compile(r"[\u4e00-\u9fff（）、]+ [A-Za-z>`].*\.", re.DOTALL)
Model = dict[str, Any]


def declared() -> dict[str, Model]:
    """Return the declarations of the marts by name."""
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in MARTS.glob("*.yml")]
    models = [model for document in documents for model in document.get("models", [])]
    return {model["name"]: model for model in models}


def built() -> set[str]:
    return {path.stem for path in MARTS.rglob("*.sql")}


def exposure() -> dict[str, Any]:
    document = yaml.safe_load((MODELS / "exposures.yml").read_text(encoding="utf-8"))
    (exposure_node,) = [node for node in document["exposures"] if node["name"] == EXPOSURE]
    return dict(exposure_node)


def exposed() -> list[str]:
    return [re.sub(r"ref\('(\w+)'\)", r"\1", reference) for reference in exposure()["depends_on"]]


def mart_problems(model: Model) -> Iterator[str]:
    """Yield what the declaration of a mart lacks."""
    name = model["name"]
    if not DESCRIPTION.fullmatch(model.get("description", "")):
        yield f"{name}: describe the table: its Chinese name, then a sentence"
    meta = model.get("config", {}).get("meta", {})
    if not meta.get("title_zh"):
        yield f"{name}: config meta title_zh is missing"
    columns = [column["name"] for column in model.get("columns", [])]
    key = meta.get("key", [])
    if not key or set(key) - set(columns) or columns[0] not in key:
        yield f"{name}: config meta key {key} must name columns, the first column among them"
    tests = [test["key"] for test in model.get("data_tests", []) if "key" in test]
    if [test["arguments"]["columns"] for test in tests] != [key]:
        yield f"{name}: test the key: data_tests: key with the columns {key}"
    for column in model.get("columns", []):
        if column.get("data_type") not in TYPES:
            yield f"{name}.{column['name']}: data_type {column.get('data_type')!r}"
        if not DESCRIPTION.fullmatch(column.get("description", "")):
            yield f"{name}.{column['name']}: describe it: its Chinese name, then a sentence"


def test_the_exposure_lists_every_mart_once() -> None:
    assert sorted(exposed()) == sorted(built())
    assert built() == set(declared())
    assert len(built()) >= 8


def test_the_exposure_says_to_whom() -> None:
    assert exposure()["config"]["meta"]["audience"] == ["analyst"]
    assert exposure()["description"]


def test_every_mart_is_declared_whole() -> None:
    require(problem for model in declared().values() for problem in mart_problems(model))


def test_contracts_are_enforced_on_marts() -> None:
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())
    assert project["models"]["livelihood"]["marts"]["+contract"] == {"enforced": True}


def test_equal_names_have_equal_types() -> None:
    types: dict[str, tuple[str, str]] = {}
    problems = []
    for mart, model in declared().items():
        for column in model["columns"]:
            first, first_type = types.setdefault(column["name"], (mart, column["data_type"]))
            if column["data_type"] != first_type:
                problems.append(f"{mart}.{column['name']}: {first_type} in {first}")
    require(problems)


def test_only_caseworkers_see_single_persons() -> None:
    about_one = {"person_token", "household_token", "record_id", "identity_number"}
    personal = {
        name
        for name, model in declared().items()
        if about_one & {column["name"] for column in model["columns"]}
    }
    restricted = {
        name
        for name, model in declared().items()
        if model["config"]["meta"].get("audience") == "caseworker"
    }
    assert personal == restricted
    assert len(restricted) < len(declared())


def without(name: str) -> Model:
    """Return a valid mart with one part removed."""
    model = copy.deepcopy(declared()["wage_arrears"])
    if name in {"data_type", "column description"}:
        del model["columns"][3][name.split()[-1]]
    elif name == "key":
        model["config"]["meta"]["key"] = ["nowhere"]
    elif name == "title_zh":
        del model["config"]["meta"][name]
    else:
        del model[name]
    return model


@pytest.mark.parametrize(
    "name", ["description", "title_zh", "key", "data_type", "column description", "data_tests"]
)
def test_what_a_mart_lacks_is_found(name: str) -> None:
    assert not list(mart_problems(declared()["wage_arrears"]))
    assert list(mart_problems(without(name)))
