"""The real PostgreSQL and Kafka, started once per session in a home folder of their own."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.local.environment import process_environment
from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.settings import Settings

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests in this folder need the services."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.services)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def make_settings(home: Path) -> Settings:
    """Settings for a stack of its own, whatever the shell or an .env file says."""
    kafka_port, kafka_controller_port, airflow_port = free_ports(3)
    return Settings(
        _env_file=None,
        home=home,
        warehouse_url=None,
        kafka_bootstrap_servers=None,
        kafka_port=kafka_port,
        kafka_controller_port=kafka_controller_port,
        airflow_port=airflow_port,
        token_key="a key for tests, 32 bytes or more",
        retry_seconds=10,
        alert_urls=[],
    )


@pytest.fixture
def new_settings() -> Iterator[Settings]:
    """Settings with an empty home folder and free ports, for one test."""
    home = Path(tempfile.mkdtemp(prefix="livelihood-"))
    yield make_settings(home)
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings of the servers that all tests of the session share."""
    home = Path(tempfile.mkdtemp(prefix="livelihood-"))
    yield make_settings(home)
    shutil.rmtree(home)


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
    # Imported here, so that a test that wants no platform does not pay for it.
    from tests.services.platforms import own_platform

    with own_platform(settings, postgres) as own:
        yield own


@pytest.fixture(scope="session")
def published_platform(
    settings: Settings, postgres: PostgresServer, kafka: KafkaServer
) -> Iterator[Settings]:
    """A platform that has published a small county twice; nothing may be written to it."""
    # Imported here for the same reason.
    from simulator import load_profile, simulate
    from tests.services.platforms import AS_OF, own_platform, publish_all, send_halves

    profile = load_profile("ceheng").scaled(0.01)
    county = simulate(profile, 5, AS_OF.replace(month=1, day=1), AS_OF, faults=True)
    with own_platform(settings, postgres) as platform:
        for half in send_halves(platform, county):
            assert publish_all(platform) is not None, half
        yield platform
