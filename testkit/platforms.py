"""Platforms with a warehouse of their own, whose loads begin where the topics end now."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.postgres import PostgresServer
from livelihood.contracts import load_contracts
from livelihood.kafka import create_topics
from livelihood.load import load
from livelihood.pipeline import monitor
from livelihood.publish import Release
from livelihood.settings import Settings, get_settings
from livelihood.warehouse.ledger.verdicts import GateVerdict
from producers.sender import Sender
from simulator import Simulation
from testkit.databases import temporary_database
from testkit.servers import move_home
from testkit.topics import skip_waiting

AS_OF = dt.date(2022, 12, 31)


@contextmanager
def empty_platform(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """Yield settings of a platform in which nothing waits and nothing has landed.

    PostgreSQL and Kafka must be running. Checkpoints and dbt's files are in a temporary home folder
    of the platform.
    """
    create_topics(settings)
    with (
        temporary_database(settings, postgres) as database,
        tempfile.TemporaryDirectory(prefix="livelihood-") as home,
    ):
        platform = move_home(database, Path(home))
        skip_waiting(platform)
        yield platform


def load_all(settings: Settings) -> None:
    """Load every stream to the present end of its topic."""
    for stream in load_contracts():
        load(settings, stream)


def publish_all(settings: Settings) -> Release | None:
    """Run every stage once, as `livelihood run` does.

    Return the release, or None if nothing changed. Raises RuntimeError if the gate closes.
    """
    load_all(settings)
    return publish_landed(settings)


def publish_landed(settings: Settings) -> Release | None:
    """Build, check, publish and alert from the records that have landed."""
    report = monitor(settings)
    raise_if_closed(report.verdict)
    return report.release


def raise_if_closed(verdict: GateVerdict) -> None:
    """Raise RuntimeError with the failed critical checks if the gate closed."""
    failed = [
        f"{check['id']}: {check['observed']}, such as {check['sample'][:1]}"
        for check in verdict.critical_failures
    ]
    if not verdict.is_open:
        raise RuntimeError(f"the gate closed: {'; '.join(failed)}")


def send_halves(settings: Settings, county: Simulation) -> Iterator[int]:
    """Send 95 % of the county, then the rest: late and corrected records revise figures."""
    for half in (0, 1):
        for stream in load_contracts():
            rows = county.accepted(stream)
            cut = rows.height * 95 // 100
            Sender(settings, stream).send([rows.tail(-cut) if half else rows.head(cut)])
        yield half


if __name__ == "__main__":
    publish_landed(get_settings())
