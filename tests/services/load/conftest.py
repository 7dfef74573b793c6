"""A warehouse of its own per test, whose offsets begin where the shared topics end now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.contracts import load_contracts
from livelihood.kafka import create_topics, topic_states
from livelihood.settings import Settings
from livelihood.warehouse import connect
from tests.services.own_database import own_database


@pytest.fixture
def platform(
    settings: Settings, postgres: PostgresServer, kafka: KafkaServer
) -> Iterator[Settings]:
    """Settings of a platform in which nothing waits and nothing has landed."""
    create_topics(settings)
    states = topic_states(settings, load_contracts().values())
    with own_database(settings, postgres) as own:
        with connect(own) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "insert into ops.stream_offset values (%s, %s, %s, %s)",
                [
                    (stream, partition, end, state.topic_id)
                    for stream, state in states.items()
                    for partition, end in state.end.items()
                ],
            )
        yield own
