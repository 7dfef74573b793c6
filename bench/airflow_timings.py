"""When Airflow's tasks ran, read from Airflow's own tables."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import urllib.request
from dataclasses import dataclass
from typing import Any

import psycopg

from infra.local.airflow import AirflowServers
from infra.local.airflow_environment import USER
from livelihood.settings import Settings
from testkit.airflow import wait_until_idle

# In order from the moment a record is sent; an arrow is the time between two tasks.
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
# How long before the watcher saw the figure the publishing task may have ended.
POLLING_DELAY = dt.timedelta(seconds=2)


@dataclass(frozen=True)
class EventTimes:
    """Seconds of each stage of one event, which add up to its total."""

    seconds: dict[str, float]

    @property
    def total(self) -> float:
        """Seconds from sending the record to seeing its effect."""
        return sum(self.seconds.values())


def event_times(settings: Settings, sent_at: dt.datetime, seen_at: dt.datetime) -> EventTimes:
    """Return the times of an event's stages. Call this when all tasks have ended."""
    # A load reads what Kafka contained when it began: one that was running lacks the event.
    loaded = _span(settings, "load_employment", "load", "start_date > %s", sent_at)
    # The task may end before the watcher polls again, and no other run ends so shortly before.
    ended_after = seen_at - POLLING_DELAY
    run_id, *published = _span(settings, "monitor", "publish", "end_date > %s", ended_after)
    spans = {
        task: _span(settings, "monitor", task, "run_id = %s", run_id)[1:]
        for task in ("build", "gate")
    }
    # A build may have begun earlier and waited for the load.
    building = [max(spans["build"][0], loaded[2]), spans["build"][1]]
    marks = [sent_at, *loaded[1:], *building, *spans["gate"], published[0], seen_at]
    lengths = [(b - a).total_seconds() for a, b in itertools.pairwise(marks)]
    return EventTimes(dict(zip(STAGES, lengths, strict=True)))


def _span(
    settings: Settings, dag: str, task: str, condition: str, value: object
) -> tuple[str, dt.datetime, dt.datetime]:
    """Return run, start and end of the first successful task instance that meets a condition.

    Raises RuntimeError if there is none.
    """
    with psycopg.connect(settings.database_url("airflow")) as connection:
        row = connection.execute(
            "select run_id, start_date, end_date from task_instance where dag_id = %s"
            f" and task_id = %s and state = 'success' and {condition}"
            " order by start_date limit 1".encode(),
            [dag, task, value],
        ).fetchone()
    if row is None:
        raise RuntimeError(f"Airflow has no successful {dag}.{task} with {condition} {value}")
    return row[0], row[1], row[2]


def run_monitor(airflow: AirflowServers) -> float:
    """Run the DAG `monitor` through Airflow's API. Return the seconds it took."""
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
