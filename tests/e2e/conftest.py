"""The complete platform with Airflow in a temporary home folder, and a receiver for alerts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.stack import Stack
from livelihood.kafka import create_topics
from livelihood.settings import Settings
from livelihood.warehouse import migrate
from testkit.servers import isolated_settings
from testkit.webhook import Receiver, webhook

AS_OF = dt.date(2022, 12, 31)
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder as e2e."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Receive the platform's alerts."""
    with webhook() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def platform(receiver: Receiver) -> Iterator[Settings]:
    """Start a platform without records and yield its settings."""
    with isolated_settings(
        as_of_date=AS_OF, alert_urls=[receiver.url], retry_seconds=10, sweep_minutes=30
    ) as settings:
        stack = Stack(settings)
        try:
            stack.up(airflow=False)
            migrate(settings)
            create_topics(settings)
            stack.up(airflow=True)
            yield settings
        finally:
            stack.down()
