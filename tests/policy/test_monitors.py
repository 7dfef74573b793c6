"""A monitor is a row of the catalogue and a model, and neither is without the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from livelihood.contracts import load_contracts
from livelihood.settings import ROOT
from simulator.oracle.worklists.actions import MONITORS as EXPECTED_MONITORS
from tests.policy.repository import require
from tests.policy.seeds import Row, seed
from tools.generate import dbt_macros

FOLDER = ROOT / "dbt_project" / "models" / "core" / "monitor"
MODELS = {path.stem: path for path in FOLDER.glob("*.sql")}
LISTS = {path.stem for path in (FOLDER.parent / "listed").glob("*.sql")}
MONITORS = {row["monitor_code"]: row for row in seed("monitors")}
SOURCE = re.compile(r"[《〔(].+")


def row_problems(row: Row) -> list[str]:
    """What an office would miss in a row of the catalogue."""
    code = row["monitor_code"]
    problems = [f"{code}: {name} is empty" for name, cell in row.items() if not cell.strip()]
    if row["stream"] not in load_contracts():
        problems.append(f"{code}: there is no stream {row['stream']!r}")
    if f"listed_{row['about']}" not in LISTS:
        problems.append(f"{code}: no list of core/listed is about a {row['about']!r}")
    if not SOURCE.search(row["legal_source"]):
        problems.append(f"{code}: legal_source names no law, regulation or plan")
    return problems


def model_problem(path: Path) -> str | None:
    """What keeps a model from being the monitor it is named after."""
    names = re.findall(r"action\(\s*'(\w+)'", path.read_text(encoding="utf-8"))
    return None if names == [path.stem] else f"{path.name}: write action('{path.stem}', ...) once"


def test_every_monitor_has_a_row_and_a_model() -> None:
    assert len(MONITORS) > 15
    require(f"core/monitor/{code}.sql is missing" for code in MONITORS.keys() - MODELS.keys())
    require(f"{code}: no row in dbt_macros.csv" for code in MODELS.keys() - MONITORS.keys())
    require(filter(None, map(model_problem, MODELS.values())))


def test_the_oracle_lists_every_monitor() -> None:
    known = [monitor.code for monitor in EXPECTED_MONITORS]
    assert len(set(known)) == len(known)
    lacking = MONITORS.keys() - set(known)
    require(f"{code}: not in simulator/oracle/worklists" for code in lacking)
    assert not set(known) - MONITORS.keys()


def test_every_row_is_whole() -> None:
    require(problem for row in MONITORS.values() for problem in row_problems(row))


def test_the_action_list_reads_every_monitor_once() -> None:
    written = dbt_macros.MACRO.read_text(encoding="utf-8")
    assert written == dbt_macros.dbt_monitors(), "run `make generate`"
    assert dbt_macros.monitor_codes() == list(MONITORS)
    mart = (FOLDER.parents[1] / "marts" / "action_list.sql").read_text(encoding="utf-8")
    require(f"action_list does not read {name}" for name in LISTS if f"'{name[7:]}'" not in mart)


def test_every_monitor_has_a_unit_test() -> None:
    declared = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yml"))
    tested = set(re.findall(r"^    model: (\w+)$", declared, re.MULTILINE))
    for code, path in MODELS.items():
        read = set(re.findall(r"ref\('(\w+)'\)", path.read_text(encoding="utf-8")))
        assert tested & {code, *read}, f"{code}: neither it nor a model it reads has a unit test"


@pytest.mark.parametrize("column", ["name_zh", "stream", "legal_source", "action_en"])
def test_a_row_that_lacks_something_is_found(column: str) -> None:
    assert row_problems({**next(iter(MONITORS.values())), column: ""})


def test_a_model_named_after_another_is_found(tmp_path: Path) -> None:
    path = tmp_path / "copied.sql"
    path.write_text(MODELS["benefit_late"].read_text(encoding="utf-8"))
    assert model_problem(path)
