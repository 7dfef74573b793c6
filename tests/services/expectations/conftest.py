"""A clean warehouse, copied for every test that plants faults in it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.databases import temporary_database
from tests.services.expectations.clean_warehouse import fill


@pytest.fixture(scope="session")
def clean_settings(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """Yield the settings of a separate database in which every check passes."""
    with temporary_database(settings, postgres) as clean:
        with psycopg.connect(clean.database_url()) as connection:
            fill(connection)
        yield clean


@pytest.fixture
def warehouse_copy(clean_settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """Yield the settings of a copy of the clean database, for one test to change."""
    with temporary_database(clean_settings, postgres, clean_settings) as copy:
        yield copy
