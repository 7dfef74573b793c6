"""The real Airflow does the work: what is sent to Kafka is published without a call from here.

Afterwards every file that it wrote, logs above all, is searched for personal values.
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
from tests.services.transform.indicator_rows import assert_equals_truth, figures

PATIENCE_SECONDS = 240
# Records lie in the servers' own files; everything else must do without their personal values.
DATA_FOLDERS = ("postgres", "kafka")
TOKEN = re.compile(rb"[0-9a-f]{32}")


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """What the condition gives once it gives something; fails after `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.5)
    pytest.fail(f"{what}: nothing for {PATIENCE_SECONDS} s")


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def failed_tries(settings: Settings, task: str) -> int | None:
    """Tries of a failed task of the DAG `monitor`, as Airflow keeps them."""
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
    """Releases whose horizon holds every load, once nothing waits any more."""
    return rows(
        settings,
        "select release_id from published.release where horizon = (select"
        " jsonb_object_agg(stream, newest) from (select stream, max(load_id) as newest"
        " from ops.load group by stream) as newest)"
        f" and (select count(distinct stream) from ops.load) = {len(load_contracts())}",
    )


def tokens(settings: Settings) -> set[bytes]:
    """All that landed in columns whose contract calls them personal."""
    return {
        str(value).encode()
        for stream, contract in load_contracts().items()
        for column in contract.columns
        if column.personal
        for (value,) in rows(settings, f"select distinct {column.name} from landing.{stream}")
        if value is not None
    }


def personal_values(settings: Settings, known: set[bytes]) -> Iterator[tuple[Path, str]]:
    """Files of the platform with a personal value in them, and the first one found."""
    for path in settings.home.rglob("*"):
        inside = path.relative_to(settings.home)
        if inside.parts[0] in DATA_FOLDERS or not path.is_file():
            continue
        content = path.read_bytes()
        found = [v for v in (NAME, IDENTITY) if v.encode() in content]
        found += [v.decode() for v in known.intersection(TOKEN.findall(content))]
        if found:
            yield inside, found[0]


@pytest.mark.timeout(900)
def test_sent_records_are_published_alerts_sent_and_a_closed_gate_seen(
    platform: Settings, county: Simulation, receiver: Receiver
) -> None:
    send_simulation(platform, lambda: county, {"test": "e2e"})
    expected = sum(county.accepted(stream).height for stream in load_contracts())
    loaded = "select coalesce(sum(records), 0) from ops.load"
    wait_for("landing", lambda: rows(platform, loaded)[0][0] == expected)
    [(release_id,)] = wait_for("release", lambda: release_of_all(platform))[-1:]
    to_publish = county.expected_indicators(AS_OF)
    assert_equals_truth(figures(platform, "published.indicator_value"), to_publish)

    missed = wait_for(
        "alert",
        lambda: rows(
            platform,
            "select title from ops.alert where rule = 'target' and state = 'open'"
            " and detail ->> 'status' = 'missed'",
        ),
    )
    assert missed
    wait_for("message", lambda: receiver.received)
    assert not rows(platform, "select 1 from ops.outbox where attempts > 0 and sent_at is null")

    flood = [f"{{broken {NAME} {IDENTITY}".encode()] * 1_500
    flood.append(message("employment", source_system="simulator"))
    send(platform, "employment", flood)
    wait_for(
        "closed gate",
        lambda: rows(platform, "select 1 from ops.gate_result where verdict = 'closed'"),
    )
    # A verdict is not asked for again.
    assert wait_for("failed task", lambda: failed_tries(platform, "gate")) == 1
    wait_for(
        "alert of the gate",
        lambda: rows(
            platform, "select 1 from ops.alert where rule like 'gate%' and state = 'open'"
        ),
    )
    assert rows(platform, "select max(release_id) from published.release") == [(release_id,)]
    assert_equals_truth(figures(platform, "published.indicator_value"), to_publish)
    wait_for("message of the gate", lambda: any("gate" in str(m) for m in receiver.received))
    keys = re.findall(r"livelihood-message: \S+", str(receiver.received))
    assert len(keys) == len(set(keys))

    known = tokens(platform)
    assert all(map(TOKEN.fullmatch, known)), "what is searched for looks as it is searched for"
    assert (platform.home / "airflow" / "logs").is_dir()
    assert dict(personal_values(platform, known)) == {}
