"""Topics filled with prepared messages, and warehouses set to load a stretch of them again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg
from confluent_kafka import Producer

from livelihood.contracts import load_contract, load_contracts
from livelihood.kafka import topic_states
from livelihood.settings import Settings
from livelihood.warehouse import connect

Message = tuple[bytes | None, bytes | None]
POLL_EVERY = 5_000


@dataclass(frozen=True)
class Stretch:
    """Part of a stream's topic: first and next offset per partition."""

    stream: str
    topic_id: str
    start: dict[int, int]
    end: dict[int, int]

    @property
    def records(self) -> int:
        """Messages in it."""
        return sum(end - self.start[partition] for partition, end in self.end.items())


def fill(settings: Settings, stream: str, messages: Sequence[Message], count: int) -> Stretch:
    """Send the messages, over and over until there are `count`; the stretch they fill."""
    contract = load_contract(stream)
    before = topic_states(settings, [contract])[stream]
    produce(settings, contract.topic, contract.compression, itertools.cycle(messages), count)
    after = topic_states(settings, [contract])[stream]
    return Stretch(stream, after.topic_id, before.end, after.end)


def produce(
    settings: Settings, topic: str, compression: str, messages: Iterable[Message], count: int
) -> None:
    """Send the first so many of the messages; Kafka holds them when this returns."""
    producer = Producer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "linger.ms": 20,
            "compression.type": compression,
            "message.max.bytes": 4_000_000,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for place, (key, value) in enumerate(itertools.islice(messages, count)):
        _queue(producer, topic, key, value)
        if place % POLL_EVERY == 0:
            producer.poll(0)
    if remaining := producer.flush(60):
        raise RuntimeError(f"Kafka did not take {remaining} messages of {topic}")


def _queue(producer: Producer, topic: str, key: bytes | None, value: bytes | None) -> None:
    while True:
        try:
            producer.produce(topic, value, key)
        except BufferError:
            producer.poll(0.1)
        else:
            return


def rewind(settings: Settings, stretch: Stretch) -> None:
    """Empty the stream in the warehouse and let its next load begin where the stretch begins."""
    with connect(settings) as connection:
        # Rows only deleted would still be looked at for each offset that comes a second time.
        connection.execute(f"truncate landing.{stretch.stream}, ops.quarantine".encode())
        _set_offsets(connection, stretch.stream, stretch.topic_id, stretch.start)


def skip_waiting(settings: Settings) -> None:
    """Let the next load of every stream begin at the present end of its topic."""
    states = topic_states(settings, load_contracts().values())
    with connect(settings) as connection:
        for stream, state in states.items():
            _set_offsets(connection, stream, state.topic_id, state.end)


def _set_offsets(
    connection: psycopg.Connection, stream: str, topic_id: str, offsets: dict[int, int]
) -> None:
    connection.execute("delete from ops.stream_offset where stream = %s", [stream])
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.stream_offset (stream, partition, next_offset, topic_id)"
            " values (%s, %s, %s, %s)",
            [(stream, partition, offset, topic_id) for partition, offset in offsets.items()],
        )


def checkpoint(settings: Settings) -> None:
    """Write what PostgreSQL has in memory, so that each turn pays for its own pages alone."""
    with connect(settings, autocommit=True) as connection:
        connection.execute("checkpoint")
