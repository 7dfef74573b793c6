"""The whole stack with Airflow: up, a DAG run, a crash of the scheduler, up again, down."""

from __future__ import annotations

import json
import stat
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from infra.local.stack import Stack
from livelihood.settings import Settings
from testkit.commands import remaining_processes

# What servers escape, encode or replace in a path; the runbook lists what none of them can read.
ODD_NAME = " 民生😀 & 监测 100%#$;'\"\\"

DAG = """
import os, sys
from airflow.sdk import Asset, dag, task

produced = Asset("produced")

@dag(schedule=None)
def produces():
    @task(outlets=[produced])
    def report():
        loaded = "great_expectations" in sys.modules
        return {"home": os.environ["LIVELIHOOD_HOME"], "loaded": loaded}
    report()

@dag(schedule=[produced])
def follows():
    @task
    def end():
        pass
    end()

produces()
follows()
"""


class Api:
    """The REST API of Airflow, logged in as `admin`."""

    def __init__(self, stack: Stack) -> None:
        self.url = stack.airflow.url
        login = {"username": "admin", "password": stack.airflow.password}
        self.token = ""
        self.token = self.call("/auth/token", login)["access_token"]

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            content: dict[str, Any] = json.load(response)
            return content

    def result_of(self, dag: str, task: str) -> object:
        """Return the result of a task of the only run of a DAG."""
        [run] = self.call(f"/api/v2/dags/{dag}/dagRuns")["dag_runs"]
        path = f"/api/v2/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances/{task}/xcomEntries"
        return self.call(f"{path}/return_value?deserialize=true")["value"]

    def wait_for_success(self, dag: str, count: int) -> None:
        deadline = time.monotonic() + 60
        states: list[str] = []
        while time.monotonic() < deadline:
            runs = self.call(f"/api/v2/dags/{dag}/dagRuns")["dag_runs"]
            states = [run["state"] for run in runs]
            if states == ["success"] * count:
                return
            time.sleep(0.5)
        raise AssertionError(f"{dag}: {states}")

    def wait_for_dag(self, dag: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if dag in {entry["dag_id"] for entry in self.call("/api/v2/dags")["dags"]}:
                return
            time.sleep(0.5)
        raise AssertionError(self.call("/api/v2/importErrors"))


def wait_for_restart(stack: Stack) -> None:
    """Wait until the supervisor has restarted Kafka, and Kafka answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        status = stack.status()["kafka"]
        if status.restarts == 1 and status.is_running and stack.kafka.is_ready():
            return
        time.sleep(0.2)
    raise AssertionError(stack.supervisor.log_path.read_text())


@pytest.fixture
def stack(new_settings: Settings, tmp_path: Path) -> Iterator[Stack]:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "probe.py").write_text(DAG)
    transport = {"type": "file", "log_file_path": str(tmp_path / "lineage"), "append": True}
    settings = new_settings.model_copy(
        update={
            "home": new_settings.home / ODD_NAME,
            "lineage_transport": SecretStr(json.dumps(transport)),
        }
    )
    stack = Stack(settings, tmp_path / "dags")
    yield stack
    stack.down()


def assert_lineage(path: Path) -> None:
    lineage = [json.loads(line) for line in path.read_text().splitlines()]
    assert "produces.report" in {event["job"]["name"] for event in lineage}
    assert {event["job"]["namespace"] for event in lineage} == {"livelihood"}


def assert_written_inside(stack: Stack) -> None:
    assert list(stack.airflow.home.glob("logs/dag_id=produces/**/*.log"))
    assert list(stack.airflow.home.glob("logs/dag_processor/**/*.log"))
    assert (stack.kafka.data_path / "__cluster_metadata-0").is_dir()
    for secret in ("passwords.json", "secrets.json"):
        assert stat.S_IMODE((stack.airflow.home / secret).stat().st_mode) == 0o600


def test_stack_runs_dags_survives_a_crash_and_stops_completely(
    stack: Stack, tmp_path: Path
) -> None:
    lines: list[str] = []
    names_before = set(Path().iterdir())
    stack.up(on_progress=lines.append)
    assert all(status.is_running for status in stack.status().values())
    assert len(stack.status()) == 7
    assert any(line.startswith("Kafka ready after") for line in lines)
    assert any(stack.airflow.url in line for line in lines)

    api = Api(stack)
    api.wait_for_dag("produces")
    api.call("/api/v2/dags/produces/dagRuns", {"logical_date": None})
    api.wait_for_success("produces", 1)
    api.wait_for_success("follows", 1)
    assert api.result_of("produces", "report") == {
        "home": str(stack.settings.home),
        "loaded": True,
    }

    assert_lineage(tmp_path / "lineage")

    kafka = stack.kafka.process()
    assert kafka is not None
    # Like Java when memory runs out: it ends the process and nothing else.
    kafka.kill()
    wait_for_restart(stack)
    assert stack.status()["supervisor"].restarts == 0

    pids = {name: status.pid for name, status in stack.status().items()}
    scheduler = next(c for c in stack.airflow.components if c.component == "scheduler")
    scheduler.kill()
    assert not stack.airflow.is_running
    stack.up()
    pids_after = {name: status.pid for name, status in stack.status().items()}
    assert {name for name in pids if pids[name] != pids_after[name]} == {"airflow-scheduler"}
    api.call("/api/v2/dags/produces/dagRuns", {"logical_date": None})
    api.wait_for_success("follows", 2)

    assert_written_inside(stack)
    assert set(Path().iterdir()) == names_before, "the servers write outside the home folder"
    stack.down(on_progress=lines.append)
    assert not any(status.is_running for status in stack.status().values())
    assert remaining_processes(stack.settings.home) == []
    assert lines[-1].endswith("has stopped")
