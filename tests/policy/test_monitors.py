"""A monitor is a row of the catalogue and a model, and neither is without the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from livelihood.contracts import load_contracts
from livelihood.registry import Monitor, load_monitors
from livelihood.settings import ROOT
from simulator.oracle.worklists.actions import MONITORS as EXPECTED_MONITORS
from tests.policy.repository import require
from tools.generate import dbt_macros

FOLDER = ROOT / "dbt_project" / "models" / "intermediate" / "monitors"
MODELS = {path.stem[4:-8]: path for path in FOLDER.glob("int_*_actions.sql")}
WORKLISTS = {path.stem for path in (FOLDER.parent / "worklists").glob("*.sql")}
# What every monitor selects, in this order.
COLUMNS = [
    "monitor_code",
    "subject",
    "region_code",
    "person_token",
    "household_token",
    "employer_token",
    "project_code",
    "opened_on",
    "due_on",
    "persons",
    "amount_yuan",
    "reason_code",
]
COLUMN = re.compile(r"^    (?!case$)(?:.+ as |\w+\.)?(\w+),?$", re.MULTILINE)
MONITORS = load_monitors()
SOURCE = re.compile(r"[《〔(].+")


def row_problems(row: Monitor) -> list[str]:
    """Return what an office would miss in a row of the catalogue."""
    code = row.monitor_code
    problems = [f"{code}: {name} is empty" for name, cell in row if not cell.strip()]
    if row.stream not in load_contracts():
        problems.append(f"{code}: there is no stream {row.stream!r}")
    if f"int_{row.about}_actions" not in WORKLISTS:
        problems.append(f"{code}: no model of intermediate/worklists is about a {row.about!r}")
    if not SOURCE.search(row.legal_source):
        problems.append(f"{code}: legal_source names no law, regulation or plan")
    return problems


def model_problem(code: str, path: Path) -> str | None:
    """Return what keeps a model from listing the actions of the monitor `code`."""
    _, _, select = path.read_text(encoding="utf-8").rpartition("\nselect\n")
    selected, _, _ = select.rpartition("\nfrom ")
    if f"'{code}' as monitor_code" not in selected:
        return f"{path.name}: write '{code}' as monitor_code"
    columns = COLUMN.findall(re.split(r"^from ", selected, flags=re.MULTILINE)[0])
    return None if columns == COLUMNS else f"{path.name}: select {', '.join(COLUMNS)}"


def test_every_monitor_has_a_row_and_a_model() -> None:
    assert len(MONITORS) > 15
    missing = MONITORS.keys() - MODELS.keys()
    require(f"{FOLDER.name}/int_{code}_actions.sql is missing" for code in missing)
    require(f"{code}: no row in monitors.csv" for code in MODELS.keys() - MONITORS.keys())
    require(problem for item in MODELS.items() if (problem := model_problem(*item)))


def test_the_oracle_lists_every_monitor() -> None:
    expected = [monitor.code for monitor in EXPECTED_MONITORS]
    assert len(set(expected)) == len(expected)
    lacking = MONITORS.keys() - set(expected)
    require(f"{code}: not in simulator/oracle/worklists" for code in lacking)
    assert not set(expected) - MONITORS.keys()


def test_every_row_is_whole() -> None:
    require(problem for row in MONITORS.values() for problem in row_problems(row))


def test_the_action_list_reads_every_monitor_once() -> None:
    written = dbt_macros.MACRO.read_text(encoding="utf-8")
    assert written == dbt_macros.dbt_monitors(), "run `make generate`"
    assert dbt_macros.monitor_codes() == list(MONITORS)
    mart = (FOLDER.parents[1] / "marts" / "action_list.sql").read_text(encoding="utf-8")
    missing = [name for name in WORKLISTS if f"'{name[4:-8]}'" not in mart]
    require(f"action_list does not read {name}" for name in missing)


def test_every_monitor_has_a_unit_test() -> None:
    declared = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yml"))
    tested = set(re.findall(r"^    model: (\w+)$", declared, re.MULTILINE))
    for code, path in MODELS.items():
        read = set(re.findall(r"ref\('(\w+)'\)", path.read_text(encoding="utf-8")))
        assert tested & {path.stem, *read}, (
            f"{code}: neither it nor a model it reads has a unit test"
        )


@pytest.mark.parametrize("column", ["name_zh", "stream", "legal_source", "action_en"])
def test_a_row_that_lacks_something_is_found(column: str) -> None:
    assert row_problems(next(iter(MONITORS.values())).model_copy(update={column: ""}))


def test_a_model_of_another_monitor_is_found() -> None:
    assert model_problem("copied", MODELS["benefit_late"])


def test_a_model_with_other_columns_is_found(tmp_path: Path) -> None:
    text = MODELS["benefit_late"].read_text(encoding="utf-8")
    path = tmp_path / "model.sql"
    path.write_text(text.replace("    null::date as due_on,\n", "").replace("    due_on,\n", ""))
    assert model_problem("benefit_late", path)
