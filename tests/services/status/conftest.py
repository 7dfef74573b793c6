"""A warehouse with a published county, for a single test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.databases import temporary_database
from tests.services.scorecard.published_county import publish_county


@pytest.fixture
def published(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    with temporary_database(settings, postgres) as database:
        publish_county(database)
        yield database
