"""A clean warehouse, copied for every test that spoils it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from livelihood.warehouse import migrate
from tests.services.expectations.clean_warehouse import fill

CLEAN = "gate_clean"
COPY = "gate_copy"


def _database(settings: Settings, name: str) -> Settings:
    url = settings.database_url(name)
    return settings.model_copy(update={"warehouse_url": url})


@pytest.fixture(scope="session")
def clean_settings(settings: Settings, postgres: PostgresServer) -> Settings:
    """Settings of a database of its own in which every check passes."""
    with psycopg.connect(settings.database_url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {CLEAN}")
    clean = _database(settings, CLEAN)
    migrate(clean)
    with psycopg.connect(clean.database_url()) as connection:
        fill(connection)
    return clean


@pytest.fixture
def spoiled(clean_settings: Settings, settings: Settings) -> Iterator[Settings]:
    """Settings of a copy of the clean database, for one test to spoil."""
    with psycopg.connect(settings.database_url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {COPY} template {CLEAN}")
        yield _database(settings, COPY)
        connection.execute(f"drop database {COPY} with (force)")
