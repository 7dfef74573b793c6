"""A platform of its own for a test: an empty warehouse whose offsets begin where topics end now."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from expectations import run_gate
from infra.local.postgres import PostgresServer
from livelihood.alerts import raise_alerts
from livelihood.contracts import load_contracts
from livelihood.kafka import create_topics, topic_states
from livelihood.load import load
from livelihood.publish import Release, publish
from livelihood.settings import Settings
from livelihood.transform import build
from livelihood.warehouse import connect
from producers.sender import Sender
from simulator import Simulation
from tests.services.own_database import own_database

AS_OF = dt.date(2022, 12, 31)


@contextmanager
def own_platform(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """Settings of a platform in which nothing waits and nothing has landed; Kafka must run."""
    create_topics(settings)
    with (
        own_database(settings, postgres) as own,
        tempfile.TemporaryDirectory(prefix="livelihood-") as home,
    ):
        # The socket is the shared server's; checkpoints and dbt's files are the test's.
        platform = own.model_copy(update={"home": Path(home), "as_of_date": AS_OF})
        skip_waiting(platform)
        yield platform


def skip_waiting(settings: Settings) -> None:
    """Let the offsets begin at the present end of every topic."""
    states = topic_states(settings, load_contracts().values())
    with connect(settings) as connection, connection.cursor() as cursor:
        cursor.execute("delete from ops.stream_offset")
        cursor.executemany(
            "insert into ops.stream_offset values (%s, %s, %s, %s)",
            [
                (stream, partition, end, state.topic_id)
                for stream, state in states.items()
                for partition, end in state.end.items()
            ],
        )


def publish_all(settings: Settings) -> Release | None:
    """Every stage once, as `livelihood run` does; fails when the gate closes."""
    for stream in load_contracts():
        load(settings, stream)
    candidate = build(settings)
    verdict = run_gate(settings, candidate.build_id)
    failed = [
        check
        for suite in verdict.report["suites"]
        for check in suite["checks"]
        if suite["severity"] == "critical" and not check["success"]
    ]
    assert verdict.is_open, failed
    release = publish(settings, candidate.build_id)
    raise_alerts(settings)
    return release


def send_halves(settings: Settings, county: Simulation) -> Iterator[int]:
    """Send most of the county, then the rest: what is late and corrected revises figures."""
    for half in (0, 1):
        for stream in load_contracts():
            rows = county.accepted(stream)
            cut = rows.height * 95 // 100
            Sender(settings, stream).send([rows.tail(-cut) if half else rows.head(cut)])
        yield half
