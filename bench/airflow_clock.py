"""What Airflow's own tables say about when its tasks ran."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

import psycopg

from infra.local.airflow import AirflowServers
from infra.local.airflow_environment import USER
from livelihood.load.backlog import backlog
from livelihood.settings import Settings

# From the moment a record is sent; a name with an arrow is time in which no task works.
STAGES = (
    "sent → load",
    "load",
    "load → build",
    "build",
    "build → gate",
    "gate",
    "gate → publish",
    "publish",
)
QUIET_SECONDS = 3.0
POLL_SECONDS = 0.25
PATIENCE_SECONDS = 1_200
SEEN_LATE = dt.timedelta(seconds=2)


@dataclass(frozen=True)
class Passage:
    """The way of one event: seconds of each stage, which add up to the whole."""

    seconds: dict[str, float]

    @property
    def total(self) -> float:
        """Seconds from sent to seen."""
        return sum(self.seconds.values())


def passage_of(settings: Settings, sent_at: dt.datetime, seen_at: dt.datetime) -> Passage:
    """The stages of the event; call it when all tasks are done."""
    # A load takes what Kafka held when it began, so one that was running does not have the event.
    loaded = _span(settings, "load_employment", "load", "start_date > %s", sent_at)
    # The task may end before the watcher looks again, and no other run ends so shortly before.
    lately = seen_at - SEEN_LATE
    run_id, *published = _span(settings, "monitor", "publish", "end_date > %s", lately)
    spans = {
        task: _span(settings, "monitor", task, "run_id = %s", run_id)[1:]
        for task in ("build", "gate")
    }
    # A build may have begun before, and waited for the load.
    building = [max(spans["build"][0], loaded[2]), spans["build"][1]]
    marks = [sent_at, *loaded[1:], *building, *spans["gate"], published[0], seen_at]
    lengths = [(b - a).total_seconds() for a, b in itertools.pairwise(marks)]
    return Passage(dict(zip(STAGES, lengths, strict=True)))


def _span(
    settings: Settings, dag: str, task: str, condition: str, value: object
) -> tuple[str, dt.datetime, dt.datetime]:
    """Run, start and end of the first successful instance of a task that meets the condition."""
    with psycopg.connect(settings.database_url("airflow")) as connection:
        row = connection.execute(
            "select run_id, start_date, end_date from task_instance where dag_id = %s"
            f" and task_id = %s and state = 'success' and {condition}"
            " order by start_date limit 1".encode(),
            [dag, task, value],
        ).fetchone()
    if row is None:
        raise RuntimeError(f"Airflow knows no successful {dag}.{task} with {condition} {value}")
    return row[0], row[1], row[2]


def wait_until_idle(settings: Settings) -> None:
    """Return when nothing has run or waited for some seconds."""
    airflow = AirflowServers(settings)
    deadline = time.monotonic() + PATIENCE_SECONDS
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        if airflow.has_open_runs() or any(backlog(settings).values()):
            quiet_since = time.monotonic()
        if time.monotonic() > deadline:
            raise RuntimeError(f"Airflow was not idle within {PATIENCE_SECONDS} s")
        time.sleep(POLL_SECONDS)


def run_monitor(airflow: AirflowServers) -> float:
    """Start the DAG `monitor` through Airflow's API; seconds from its start to its end."""
    token = _post(f"{airflow.url}/auth/token", {"username": USER, "password": airflow.password})[
        "access_token"
    ]
    run_id = _post(f"{airflow.url}/api/v2/dags/monitor/dagRuns", {"logical_date": None}, token)[
        "dag_run_id"
    ]
    wait_until_idle(airflow.settings)
    with psycopg.connect(airflow.settings.database_url("airflow")) as connection:
        row = connection.execute(
            "select extract(epoch from end_date - start_date)::float from dag_run"
            " where dag_id = 'monitor' and run_id = %s",
            [run_id],
        ).fetchone()
    return float(row[0]) if row else 0.0


def _post(url: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        result: dict[str, Any] = json.load(answer)
    return result
