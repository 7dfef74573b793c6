"""A platform of its own per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from tests.services.own_database import own_database
from tests.services.platforms import own_platform


@pytest.fixture
def platform(
    settings: Settings, postgres: PostgresServer, kafka: KafkaServer
) -> Iterator[Settings]:
    """Settings of a platform in which nothing waits and nothing has landed."""
    with own_platform(settings, postgres) as own:
        yield own


@pytest.fixture
def warehouse(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """Settings of a migrated, empty warehouse; Kafka is not needed."""
    with own_database(settings, postgres) as own:
        yield own
