"""The platform under Airflow: records sent to Kafka are published without a call from the test.

Afterwards every file that the platform wrote, logs above all, is searched for personal values.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect
from simulator import Simulation, load_profile, simulate
from simulator.sending import send_simulation
from testkit.message_factory import IDENTITY, NAME, message
from testkit.topics import send
from testkit.webhook import Receiver
from tests.e2e.conftest import AS_OF
from tests.services.transform.indicator_rows import assert_values_equal, indicator_values

TIMEOUT_SECONDS = 240
# The servers' own files contain records; no other file may contain their personal values.
DATA_FOLDERS = ("postgres", "kafka")
TOKEN = re.compile(rb"[0-9a-f]{32}")


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """Return the value of the condition once it is true; fail after `TIMEOUT_SECONDS`."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.5)
    pytest.fail(f"{what}: nothing for {TIMEOUT_SECONDS} s")


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def failed_tries(settings: Settings, task: str) -> int | None:
    """Return how often a failed task of the DAG `monitor` was tried, None if none failed."""
    with psycopg.connect(settings.database_url("airflow")) as connection:
        row = connection.execute(
            "select max(try_number) from task_instance"
            " where dag_id = 'monitor' and task_id = %s and state = 'failed'",
            (task,),
        ).fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def county() -> Simulation:
    profile = load_profile("ceheng").scaled(0.01)
    return simulate(profile, 11, dt.date(2022, 1, 1), AS_OF, faults=True)


def release_of_all(settings: Settings) -> list[tuple[Any, ...]]:
    """Return the releases that include every load, once all streams have landed."""
    return rows(
        settings,
        "select release_id from published.release where horizon = (select"
        " jsonb_object_agg(stream, newest) from (select stream, max(load_id) as newest"
        " from ops.load group by stream) as newest)"
        f" and (select count(distinct stream) from ops.load) = {len(load_contracts())}",
    )


def tokens(settings: Settings) -> set[bytes]:
    """Return all values that landed in personal columns."""
    return {
        str(value).encode()
        for stream, contract in load_contracts().items()
        for column in contract.columns
        if column.personal
        for (value,) in rows(settings, f"select distinct {column.name} from landing.{stream}")
        if value is not None
    }


def personal_values(settings: Settings, landed_tokens: set[bytes]) -> Iterator[tuple[Path, str]]:
    """Yield the platform's files that contain a personal value, with the first one found."""
    for path in settings.home.rglob("*"):
        inside = path.relative_to(settings.home)
        if inside.parts[0] in DATA_FOLDERS or not path.is_file():
            continue
        content = path.read_bytes()
        values = [v for v in (NAME, IDENTITY) if v.encode() in content]
        values += [v.decode() for v in landed_tokens.intersection(TOKEN.findall(content))]
        if values:
            yield inside, values[0]


@pytest.mark.timeout(900)
def test_sent_records_are_published_alerts_sent_and_a_closed_gate_seen(
    platform: Settings, county: Simulation, receiver: Receiver
) -> None:
    send_simulation(platform, lambda: county, {"test": "e2e"})
    expected_records = sum(county.accepted(stream).height for stream in load_contracts())
    landed = "select coalesce(sum(records), 0) from ops.load"
    wait_for("landing", lambda: rows(platform, landed) == [(expected_records,)])
    [(release_id,)] = wait_for("release", lambda: release_of_all(platform))[-1:]
    expected_values = county.expected_indicators(AS_OF)
    assert_values_equal(indicator_values(platform, "published.indicator_value"), expected_values)
    expect_alert_of_missed_target(platform, receiver)

    close_gate(platform)
    assert rows(platform, "select max(release_id) from published.release") == [(release_id,)]
    assert_values_equal(indicator_values(platform, "published.indicator_value"), expected_values)
    wait_for("message of the gate", lambda: any("gate" in str(m) for m in receiver.received))
    keys = re.findall(r"livelihood-message: \S+", str(receiver.received))
    assert len(keys) == len(set(keys))

    landed_tokens = tokens(platform)
    assert all(map(TOKEN.fullmatch, landed_tokens)), "tokens have the form that is searched for"
    assert (platform.home / "airflow" / "logs").is_dir()
    assert dict(personal_values(platform, landed_tokens)) == {}


def expect_alert_of_missed_target(settings: Settings, receiver: Receiver) -> None:
    missed = (
        "select title from ops.alert where rule = 'target' and state = 'open'"
        " and detail ->> 'status' = 'missed'"
    )
    assert wait_for("alert", lambda: rows(settings, missed))
    wait_for("message", lambda: receiver.received)
    assert not rows(settings, "select 1 from ops.outbox where attempts > 0 and sent_at is null")


def close_gate(settings: Settings) -> None:
    """Send so many broken messages that the gate closes; wait for its alert."""
    flood = [f"{{broken {NAME} {IDENTITY}".encode()] * 1_500
    flood.append(message("employment", source_system="simulator"))
    send(settings, "employment", flood)
    closed = "select 1 from ops.gate_result where verdict = 'closed'"
    wait_for("closed gate", lambda: rows(settings, closed))
    # A verdict is not retried.
    assert wait_for("failed task", lambda: failed_tries(settings, "gate")) == 1
    alert = "select 1 from ops.alert where rule like 'gate%' and state = 'open'"
    wait_for("alert of the gate", lambda: rows(settings, alert))
