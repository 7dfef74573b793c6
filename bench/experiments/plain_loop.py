"""A plain loop: kafka-python, JSON, SQLAlchemy, psycopg 3 and executemany."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import TextClause, create_engine, text

from livelihood.contracts import Contract
from livelihood.kafka.clients import client_settings
from livelihood.settings import Settings

POLL_RECORDS = 5_000
POLL_MILLISECONDS = 500


def run_loop(
    settings: Settings, contract: Contract, table: str, start: dict[int, int], end: dict[int, int]
) -> int:
    """Write the messages from `start` to `end` into the table, with a commit for each poll."""
    engine = create_engine(settings.database_url(driver="postgresql+psycopg"))
    statement, names = _insert(contract, table), [column.name for column in contract.columns]
    written, count = 0, sum(end[part] - start[part] for part in end)
    with closing(_consumer(settings, contract, start)) as consumer:
        while written < count:
            polled = consumer.poll(POLL_MILLISECONDS, max_records=POLL_RECORDS)
            rows = [_row(message.value, names) for part in polled.values() for message in part]
            if rows:
                with engine.begin() as connection:
                    connection.execute(statement, rows)
            written += len(rows)
    engine.dispose()
    return written


def _consumer(settings: Settings, contract: Contract, start: dict[int, int]) -> KafkaConsumer:
    consumer = KafkaConsumer(
        **client_settings(settings, "loader"),
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1_048_576,
        metrics_enabled=False,
    )
    consumer.assign([TopicPartition(contract.topic, part) for part in start])
    for part, offset in start.items():
        consumer.seek(TopicPartition(contract.topic, part), offset)
    return consumer


def _insert(contract: Contract, table: str) -> TextClause:
    names = [column.name for column in contract.columns]
    return text(
        f"insert into bench.{table} ({', '.join(names)})"
        f" values ({', '.join(f':{name}' for name in names)})"
        " on conflict (record_id, revision) do nothing"
    )


def _row(value: bytes, names: list[str]) -> dict[str, Any]:
    document = json.loads(value)
    return {name: document.get(name) for name in names}
