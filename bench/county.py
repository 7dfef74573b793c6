"""Warehouses that hold the whole simulated county, landed or published, to be copied at will."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.bed import Bed, work
from bench.topics import skip_waiting
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect
from producers.simulated import send_simulation


@contextmanager
def landed(bed: Bed) -> Iterator[Settings]:
    """A warehouse in which all records of the county have landed and nothing has been built."""
    with bed.database() as settings, bed.own_home(settings) as own:
        bed.say("sending and loading the county")
        skip_waiting(own)
        send_simulation(own, lambda: bed.county, {"bench": "county"})
        for stream in load_contracts():
            load(own, stream)
        _analyze(own)
        yield own


@contextmanager
def published(bed: Bed, *, in_shared_home: bool = False) -> Iterator[Settings]:
    """A warehouse whose county is built, judged and published.

    Its files are in a home of its own, or, for Airflow, in that of the servers.
    """
    with landed(bed) as settings:
        made = settings
        if in_shared_home:
            made = settings.model_copy(update={"home": bed.settings.home})
        bed.say("publishing the county")
        first = work(made, "monitor")
        if first["release_id"] != 1:
            raise RuntimeError(f"the county was not published: {first}")
        _analyze(made)
        yield made


def landed_rows(settings: Settings) -> int:
    """Rows in all landing tables."""
    with connect(settings) as connection:
        row = connection.execute("select sum(records)::bigint from ops.load").fetchone()
    return int(row[0]) if row else 0


def _analyze(settings: Settings) -> None:
    """What autovacuum does within a minute, done at once so that all runs see the same plans."""
    with connect(settings, autocommit=True) as connection:
        connection.execute("vacuum analyze")
