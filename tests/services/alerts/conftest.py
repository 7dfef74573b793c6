"""A separate warehouse for each test of alerts, with a small published county."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.databases import temporary_database
from tests.services.alerts.monitored_county import County


@pytest.fixture
def county(settings: Settings, postgres: PostgresServer) -> Iterator[County]:
    with temporary_database(settings, postgres) as warehouse:
        # A delay is for the tests that are about it.
        changes = {"as_of_date": dt.date(2023, 6, 30), "alert_clear_delay_minutes": 0}
        published = County(warehouse.model_copy(update=changes))
        published.create()
        yield published
