"""Platforms that contain the whole simulated county, landed or published; users work on copies."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livelihood.settings import Settings
from livelihood.warehouse import connect
from simulator.sending import send_simulation
from testkit.databases import vacuum
from testkit.environment import Environment, run_module
from testkit.platforms import load_all
from testkit.topics import skip_waiting


@contextmanager
def landed(environment: Environment, home: Path | None = None) -> Iterator[Settings]:
    """Yield a platform in which all records of the county have landed and nothing is built."""
    with environment.copy(_landed(environment), home) as settings:
        skip_waiting(settings)
        yield settings


@contextmanager
def published(environment: Environment, home: Path | None = None) -> Iterator[Settings]:
    """Yield a platform whose county is built, checked and published. Nothing waits in Kafka."""
    with environment.copy(_published(environment), home) as settings:
        skip_waiting(settings)
        yield settings


def landed_rows(settings: Settings) -> int:
    """Return the number of rows in all landing tables."""
    with connect(settings) as connection:
        row = connection.execute("select sum(records)::bigint from ops.load").fetchone()
    return int(row[0]) if row else 0


@functools.cache
def _landed(environment: Environment) -> Settings:
    settings = environment.resources.enter_context(environment.database())
    with environment.copy(settings) as sender:
        # The producers' checkpoints are deleted with this home folder: it sends only once.
        environment.log("sending and loading the county")
        skip_waiting(settings)
        send_simulation(sender, lambda: environment.county, {"testkit": "county"})
    load_all(settings)
    vacuum(settings)
    return settings


@functools.cache
def _published(environment: Environment) -> Settings:
    settings = environment.resources.enter_context(environment.copy(_landed(environment)))
    environment.log("building and publishing the county")
    # In a process of its own, so that this one does not keep dbt and its caches in memory.
    run_module(settings, "testkit.platforms")
    vacuum(settings)
    return settings
