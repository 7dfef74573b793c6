"""Warehouses for a single test, empty or with a published county."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.databases import temporary_database
from tests.services.scorecard.published_county import publish_county


@pytest.fixture
def empty_warehouse(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    with temporary_database(settings, postgres) as database:
        yield database


@pytest.fixture
def published(empty_warehouse: Settings) -> Settings:
    publish_county(empty_warehouse)
    return empty_warehouse
