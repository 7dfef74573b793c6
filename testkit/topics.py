"""Topics filled with messages, and warehouses set to load a part of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg
from confluent_kafka import KafkaError, Producer

from livelihood.contracts import load_contract, load_contracts
from livelihood.kafka import topic_states
from livelihood.kafka.clients import librdkafka_settings
from livelihood.settings import Settings
from livelihood.warehouse import connect

# Key and value.
Message = tuple[bytes | None, bytes | None]
POLL_INTERVAL_RECORDS = 5_000
FLUSH_TIMEOUT_SECONDS = 60
# More than the memory of the embedded Kafka; zstd makes 20 kB of it.
EXPANDED_BYTES = 600_000_000


@dataclass(frozen=True)
class OffsetRange:
    """A part of a stream's topic: the first offset and the next offset of each partition."""

    stream: str
    topic_id: str
    start: dict[int, int]
    end: dict[int, int]

    @property
    def records(self) -> int:
        """Number of messages in the range."""
        return sum(end - self.start[partition] for partition, end in self.end.items())


def fill(settings: Settings, stream: str, messages: Sequence[Message], count: int) -> OffsetRange:
    """Send the messages, repeated until there are `count`. Return the range they fill."""
    contract = load_contract(stream)
    before = topic_states(settings, [contract])[stream]
    repeated = itertools.islice(itertools.cycle(messages), count)
    produce(settings, contract.topic, contract.compression, repeated)
    after = topic_states(settings, [contract])[stream]
    return OffsetRange(stream, after.topic_id, before.end, after.end)


def send(
    settings: Settings, stream: str, values: Iterable[bytes | None], partition: int | None = None
) -> int:
    """Send values to the stream's topic, to one partition if given. Return their number."""
    contract = load_contract(stream)
    messages = ((str(number).encode(), value) for number, value in enumerate(values))
    return produce(settings, contract.topic, contract.compression, messages, partition=partition)


def produce(
    settings: Settings,
    topic: str,
    compression: str,
    messages: Iterable[Message],
    *,
    partition: int | None = None,
) -> int:
    """Send the messages and return their number once Kafka has acknowledged all of them.

    Raises RuntimeError if Kafka rejects one or does not acknowledge all within a minute.
    """
    errors: list[KafkaError] = []
    producer = Producer(
        {
            **librdkafka_settings(settings, "producer"),
            "linger.ms": 20,
            "compression.type": compression,
            "message.max.bytes": 4_000_000,
            "queue.buffering.max.messages": 1_000_000,
            "delivery.report.only.error": True,
            "on_delivery": lambda error, _: errors.append(error),
        }
    )
    placement = {} if partition is None else {"partition": partition}
    count = 0
    for key, value in messages:
        _enqueue(producer, topic, key, value, placement)
        count += 1
        if count % POLL_INTERVAL_RECORDS == 0:
            producer.poll(0)
    unacknowledged = producer.flush(FLUSH_TIMEOUT_SECONDS) + len(errors)
    if unacknowledged:
        raise RuntimeError(
            f"Kafka did not acknowledge {unacknowledged} messages of {topic}: {errors[:1]}"
        )
    return count


def send_zeros(settings: Settings, topic: str, compression: str, partition: int = 0) -> bool:
    """Send a record of kilobytes that expands to more than Kafka's memory.

    Return whether Kafka acknowledged it.
    """
    errors: list[KafkaError | None] = []
    producer = Producer(
        {
            **librdkafka_settings(settings, "producer"),
            "compression.type": compression,
            "message.max.bytes": 1_000_000_000,
            "message.timeout.ms": FLUSH_TIMEOUT_SECONDS * 1000,
            "retries": 0,
            "log_level": 0,
            "error_cb": lambda error: None,
            "on_delivery": lambda error, _: errors.append(error),
        }
    )
    producer.produce(topic, bytes(EXPANDED_BYTES), partition=partition)
    producer.flush(FLUSH_TIMEOUT_SECONDS + 5)
    # A client that is destroyed with messages of its own raises in the next call of any function.
    producer.purge()
    producer.flush(1)
    return errors == [None]


def _enqueue(
    producer: Producer,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    placement: dict[str, int],
) -> None:
    while True:
        try:
            producer.produce(topic, value, key, **placement)
        except BufferError:
            producer.poll(0.1)
        else:
            return


def rewind(settings: Settings, offsets: OffsetRange) -> None:
    """Empty the stream's tables and let its next load begin at the start of the range."""
    with connect(settings) as connection:
        # Deleted rows would still be visited for each offset that is loaded again.
        connection.execute(f"truncate landing.{offsets.stream}, ops.quarantine".encode())
        _set_offsets(connection, offsets.stream, offsets.topic_id, offsets.start)


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
