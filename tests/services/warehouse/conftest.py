"""A separate warehouse for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.databases import temporary_database


@pytest.fixture
def warehouse(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """Settings of a migrated, empty warehouse; Kafka is not needed."""
    with temporary_database(settings, postgres) as database:
        yield database
