"""A small simulated county, with every kind of fault, and platforms to load it into."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from producers.simulator import Simulation, load_profile, simulate
from tests.services.build.troubled import troubled
from tests.services.platforms import AS_OF, own_platform


@pytest.fixture(scope="package")
def county() -> Simulation:
    """One in a hundred of Ceheng in trouble, for a year."""
    profile = troubled(load_profile("ceheng")).scaled(0.01)
    return simulate(profile, 7, dt.date(2022, 1, 1), AS_OF, faults=True)


@pytest.fixture
def platform(
    settings: Settings, postgres: PostgresServer, kafka: KafkaServer
) -> Iterator[Settings]:
    """Settings of a platform in which nothing waits and nothing has landed."""
    with own_platform(settings, postgres) as own:
        yield own
