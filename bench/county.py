"""Platforms that hold the whole simulated county, landed or published; sections work on copies."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.bed import Bed, work
from bench.topics import skip_waiting
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect
from simulator.sending import send_simulation


@contextmanager
def landed(bed: Bed, home: Path | None = None) -> Iterator[Settings]:
    """A platform in which all records of the county have landed and nothing has been built."""
    with bed.copy(_landed(bed), home) as settings:
        skip_waiting(settings)
        yield settings


@contextmanager
def published(bed: Bed, home: Path | None = None) -> Iterator[Settings]:
    """A platform whose county is built, judged and published; nothing waits in Kafka."""
    with bed.copy(_published(bed), home) as settings:
        skip_waiting(settings)
        yield settings


def landed_rows(settings: Settings) -> int:
    """Rows in all landing tables."""
    with connect(settings) as connection:
        row = connection.execute("select sum(records)::bigint from ops.load").fetchone()
    return int(row[0]) if row else 0


@functools.cache
def _landed(bed: Bed) -> Settings:
    settings = bed.kept.enter_context(bed.database())
    with bed.copy(settings) as sender:
        # Checkpoints in a home that goes: nothing else is ever sent from there.
        bed.say("sending and loading the county")
        skip_waiting(settings)
        send_simulation(sender, lambda: bed.county, {"bench": "county"})
    for stream in load_contracts():
        load(settings, stream)
    _analyze(settings)
    return settings


@functools.cache
def _published(bed: Bed) -> Settings:
    settings = bed.kept.enter_context(bed.copy(_landed(bed)))
    bed.say("building and publishing the county")
    first = work(settings, "monitor")
    if first["release_id"] != 1:
        raise RuntimeError(f"the county was not published: {first}")
    _analyze(settings)
    return settings


def _analyze(settings: Settings) -> None:
    """What autovacuum does within a minute, done at once so that all runs see the same plans."""
    with connect(settings, autocommit=True) as connection:
        connection.execute("vacuum analyze")
