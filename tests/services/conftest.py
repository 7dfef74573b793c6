"""PostgreSQL and Kafka, started once per session in a home folder of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.environment import process_environment
from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.servers import isolated_settings

HERE = Path(__file__).parent
# After this time a stage gives up on a server that does not answer.
RETRY_SECONDS = 10


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder as needing the services."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.services)


@pytest.fixture
def new_settings() -> Iterator[Settings]:
    """Settings with an empty home folder and free ports, for one test."""
    with isolated_settings(retry_seconds=RETRY_SECONDS) as settings:
        yield settings


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings of the servers that all tests of the session share."""
    with isolated_settings(retry_seconds=RETRY_SECONDS) as settings:
        yield settings


@pytest.fixture(scope="session")
def environment(settings: Settings) -> dict[str, str]:
    """Environment for subprocesses that use the shared servers."""
    return process_environment(settings)


@pytest.fixture(scope="session")
def postgres(settings: Settings) -> Iterator[PostgresServer]:
    """The shared PostgreSQL, with an empty database `livelihood`."""
    with PostgresServer(settings) as server:
        yield server


@pytest.fixture(scope="session")
def kafka(settings: Settings) -> Iterator[KafkaServer]:
    """The shared Kafka, without topics."""
    with KafkaServer(settings) as server:
        yield server


@pytest.fixture
def platform(
    settings: Settings, postgres: PostgresServer, kafka: KafkaServer
) -> Iterator[Settings]:
    """Settings of a platform in which nothing waits and nothing has landed."""
    # Imported here, so that a test that needs no platform does not pay for it.
    from testkit.platforms import AS_OF, empty_platform

    dated = settings.model_copy(update={"as_of_date": AS_OF})
    with empty_platform(dated, postgres) as platform:
        yield platform


@pytest.fixture(scope="session")
def published_platform(
    settings: Settings, postgres: PostgresServer, kafka: KafkaServer
) -> Iterator[Settings]:
    """A platform that has published a small county twice; no test may write to it."""
    # Imported here for the same reason.
    from simulator import load_profile, simulate
    from testkit.platforms import AS_OF, empty_platform, publish_all, send_halves

    profile = load_profile("ceheng").scaled(0.01)
    county = simulate(profile, 5, AS_OF.replace(month=1, day=1), AS_OF, faults=True)
    dated = settings.model_copy(update={"as_of_date": AS_OF})
    with empty_platform(dated, postgres) as platform:
        for half in send_halves(platform, county):
            assert publish_all(platform) is not None, half
        yield platform
