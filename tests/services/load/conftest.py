"""A platform of its own per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from tests.services.platforms import own_platform


@pytest.fixture
def platform(
    settings: Settings, postgres: PostgresServer, kafka: KafkaServer
) -> Iterator[Settings]:
    """Settings of a platform in which nothing waits and nothing has landed."""
    with own_platform(settings, postgres) as own:
        yield own
