"""Rules for DAG files: thin, documented, and wired from topics to publication."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from livelihood.contracts import load_contracts
from livelihood.settings import ROOT
from tests.policy.repository import files, require

DAGS = ROOT / "dags"
STREAMS = list(load_contracts())
LOADS = [f"load_{stream}" for stream in STREAMS]
EXPECTED = {*LOADS, "alert", "monitor", "reconcile", "replay", "retention"}
TAGS = {"alert", "load", "monitor", "reconcile", "replay", "retention", *STREAMS}
Facts = dict[str, Any]


def read_dags(folder: Path, home: Path) -> Facts:
    """Return what an Airflow without local configuration finds in `folder`."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")
    } | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "LIVELIHOOD_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    program = Path(__file__).with_name("dag_facts.py")
    ran = subprocess.run(
        [sys.executable, str(program), str(folder)],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    facts: Facts = json.loads(ran.stdout.splitlines()[-1])
    return facts


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return read_dags(DAGS, tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="module")
def dags(facts: Facts) -> dict[str, Facts]:
    return dict(facts["dags"])


def dag_problems(dag_id: str, dag: Facts) -> Iterator[str]:
    """Yield the project's rules that a DAG breaks."""
    if not re.match(r"### \S+: .+\n\n", dag["doc_md"] or ""):
        yield f"{dag_id}: doc_md=__doc__, a runbook that opens with '### name: purpose'"
    if not dag["tags"] or set(dag["tags"]) - TAGS:
        yield f"{dag_id}: tags {dag['tags']}, expected some of {sorted(TAGS)}"
    if dag["max_active_runs"] != 1:
        yield f"{dag_id}: max_active_runs=1, two runs would write the same rows"
    if dag["catchup"]:
        yield f"{dag_id}: catchup=False, each run processes everything that waits"
    if "retries" not in dag["default_args"]:
        yield f"{dag_id}: default_args sets no retries"
    for name, task in dag["tasks"].items():
        if task["owner"] in {"", "airflow"}:
            yield f"{dag_id}.{name}: name an owner"
        if not task["execution_timeout"]:
            yield f"{dag_id}.{name}: set execution_timeout, or a server could block it for ever"


def test_airflow_reads_every_file_without_an_error(facts: Facts) -> None:
    assert facts["errors"] == {}
    assert set(facts["dags"]) == EXPECTED


def test_every_dag_follows_the_rules(dags: dict[str, Facts]) -> None:
    require(problem for dag_id, dag in dags.items() for problem in dag_problems(dag_id, dag))


def test_assets_lead_from_topic_to_landing_to_published(dags: dict[str, Facts]) -> None:
    for stream in STREAMS:
        load = dags[f"load_{stream}"]
        assert load["wakes_on"] == [f"topic_{stream}"]
        assert load["triggers"] == [f"<livelihood.airflow.BacklogTrigger stream={stream}>"]
        assert load["tasks"]["load"]["outlets"] == [f"landing_{stream}"]
    landed = sorted(f"landing_{stream}" for stream in STREAMS)
    assert dags["monitor"]["wakes_on"] == landed
    assert dags["monitor"]["tasks"]["publish"]["outlets"] == ["published"]
    assert sorted(dags["replay"]["tasks"]["replay"]["outlets"]) == landed
    assert dags["reconcile"]["wakes_on"] == []


def test_publication_follows_the_gate(dags: dict[str, Facts]) -> None:
    tasks = dags["monitor"]["tasks"]
    assert list(tasks) == ["build", "gate", "publish", "report_failure"]
    assert tasks["gate"]["upstream"] == ["build"]
    assert "gate" in tasks["publish"]["upstream"]


def test_alerts_do_not_delay_publication(dags: dict[str, Facts]) -> None:
    assert dags["alert"]["wakes_on"] == ["published"]
    tasks = dags["monitor"]["tasks"]
    # A task after `publish` would be the one that decides whether the run failed.
    assert not [name for name, task in tasks.items() if "publish" in task["upstream"]]
    assert tasks["report_failure"]["upstream"] == ["gate"]


def test_a_dag_that_breaks_the_rules_is_found(tmp_path: Path) -> None:
    (tmp_path / "careless.py").write_text(
        "from airflow.providers.standard.operators.empty import EmptyOperator\n"
        "from airflow.sdk import DAG\n"
        "with DAG('careless', catchup=True, tags=['misc']):\n"
        "    EmptyOperator(task_id='nothing')\n"
    )
    (tmp_path / "broken.py").write_text("import airflow\nDAG = missing\n")
    facts = read_dags(tmp_path, tmp_path)
    assert len(facts["errors"]) == 1
    problems = list(dag_problems("careless", facts["dags"]["careless"]))
    assert len(problems) == 7, problems


def definitions(text: str) -> list[str]:
    """Return the functions and classes that a file defines, including lambdas."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    return [
        f"{node.lineno}: {getattr(node, 'name', 'lambda')}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, kinds)
    ]


def test_dag_files_define_nothing() -> None:
    names = [name for name in files() if name.startswith("dags/") and name.endswith(".py")]
    assert names
    require(
        f"{name}:{definition}: move its code to livelihood/"
        for name in names
        for definition in definitions((ROOT / name).read_text())
    )
    assert definitions("def f():\n    pass\nx = lambda: 1") == ["1: f", "3: lambda"]


def test_no_dag_file_is_taken_for_a_dbt_plugin() -> None:
    assert [name for name in files() if re.match(r"dags/(.*/)?dbt_", name)] == []


def imported(text: str) -> set[str]:
    """Return the top-level modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_nothing_imports_a_dag_file() -> None:
    sources = [name for name in files() if name.endswith(".py")]
    require(
        f"{name} imports from dags/"
        for name in sources
        if "dags" in imported((ROOT / name).read_text())
    )
    assert imported("import dags.load as x\nfrom a.b import c") == {"dags", "a"}
