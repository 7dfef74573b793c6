"""Reads a stream's topic from given offsets to given ends, in batches.

librdkafka (confluent-kafka) reads several times faster than kafka-python, see `bench/`. The rest of
the platform uses kafka-python.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable, OffsetsLost
from livelihood.kafka.clients import librdkafka_settings
from livelihood.settings import Settings

logger = logging.getLogger(__name__)

# End of the year 9999. A topic may be configured to store the times of producers, which can be any
# number.
MAX_MILLISECONDS = 253_402_300_799_000
MAX_FETCH_BYTES = 1_310_720
MAX_EXPANDED_BYTES = 67_108_864
_POLL_SECONDS = 0.5
# A call to the client that does not wait returns what its queue holds, at most this many messages.
_POLL_RECORDS = 2_000
# Larger values are dropped instead of copied: compressed, Kafka accepts several hundred MB.
MAX_VALUE_BYTES = 4 * 1_048_576
# Offset by offset, such a record batch is skipped.
_UNREADABLE = (KafkaError._BAD_COMPRESSION, KafkaError._BAD_MSG, KafkaError._NOT_IMPLEMENTED)


@dataclass
class Batch:
    """Messages of one read, column by column, and the next offsets after them.

    `dropped` explains by position why a value is absent although the message has one.
    """

    partitions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    produced_at_ms: list[int] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    next_offsets: dict[int, int] = field(default_factory=dict)
    dropped: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.offsets)

    def at(self, positions: Sequence[int]) -> Batch:
        """Return the messages at these positions, without next offsets."""
        return Batch(
            [self.partitions[position] for position in positions],
            [self.offsets[position] for position in positions],
            [self.produced_at_ms[position] for position in positions],
            [self.keys[position] for position in positions],
            [self.values[position] for position in positions],
            dropped={
                new: self.dropped[old] for new, old in enumerate(positions) if old in self.dropped
            },
        )

    def append_dropped(self, partition: int, offset: int, produced_at_ms: int, why: str) -> None:
        """Add a message without its key and value."""
        self.dropped[len(self)] = why
        self.partitions.append(partition)
        self.offsets.append(offset)
        self.produced_at_ms.append(produced_at_ms)
        self.keys.append(None)
        self.values.append(None)
        self.next_offsets[partition] = max(offset + 1, self.next_offsets.get(partition, 0))


def read_batches(
    settings: Settings, contract: Contract, start: dict[int, int], end: dict[int, int]
) -> Iterator[Batch]:
    """Yield batches from `start` up to `end`, both next offsets by partition.

    Raises OffsetsLost if Kafka has deleted an offset, and BrokerUnavailable if it sends nothing for
    `retry_seconds`.
    """
    position = {part: start[part] for part in end if start[part] < end[part]}
    if not position:
        return
    with _consumer(settings) as consumer:
        consumer.assign([TopicPartition(contract.topic, p, o) for p, o in position.items()])
        last_heard = dt.datetime.now(dt.UTC)
        while any(position[part] < end[part] for part in position):
            # Do not ask for more than is stored: the call would wait for it.
            remaining = sum(end[part] - position[part] for part in position)
            batch_size = min(settings.load_batch_records, remaining)
            messages = _consume(consumer, batch_size, settings.load_batch_megabytes * 1_000_000)
            now = dt.datetime.now(dt.UTC)
            batch = _batch(messages, contract, end, position)
            for partition in [
                message.partition() for message in messages if _is_unreadable(message)
            ]:
                _skip(consumer, batch, contract, partition, position, end)
            # A large message must not stay in memory while the next batch is read.
            del messages
            if batch.next_offsets:
                last_heard = now
                position.update(batch.next_offsets)
                yield batch
            elif (now - last_heard).total_seconds() > settings.retry_seconds:
                raise BrokerUnavailable(
                    f"Kafka at {settings.bootstrap_servers} sent nothing of {contract.topic} for "
                    f"{settings.retry_seconds:.0f} s; committed work is not lost: load again"
                )


def _consume(consumer: Consumer, max_records: int, max_bytes: int) -> list[Message]:
    """Return the next messages: at most so many, and no more once they have so many bytes."""
    messages: list[Message] = []
    deadline = time.monotonic() + _POLL_SECONDS
    size = 0
    while len(messages) < max_records and size < max_bytes:
        # Wait for one message only: while the client waits for more, it has no limit of bytes.
        timeout = max(0.0, deadline - time.monotonic())
        arrived = consumer.consume(1, timeout)
        first_bytes = sum(map(len, arrived))
        size += first_bytes
        if arrived and size < max_bytes and len(messages) + 1 < max_records:
            # As many as fit if all are as large as this one.
            fitting = (max_bytes - size) // max(1, first_bytes) + 1
            limit = min(_POLL_RECORDS, fitting, max_records - len(messages) - 1)
            arrived += consumer.consume(limit, 0)
            size += sum(map(len, arrived[1:]))
        messages += arrived
        if not arrived:
            break
    return messages


def _is_unreadable(message: Message) -> bool:
    error = message.error()
    return error is not None and error.code() in _UNREADABLE


def _skip(
    consumer: Consumer,
    batch: Batch,
    contract: Contract,
    partition: int,
    position: dict[int, int],
    end: dict[int, int],
) -> None:
    """Drop the message at the next offset of a partition; its record batch cannot be expanded."""
    offset = batch.next_offsets.get(partition, position[partition])
    if offset < end[partition]:
        batch.append_dropped(
            partition,
            offset,
            int(time.time() * 1000),
            "undecodable: message: Kafka's client cannot expand its record batch; it is not stored",
        )
        consumer.seek(TopicPartition(contract.topic, partition, offset + 1))


@contextmanager
def _consumer(settings: Settings) -> Iterator[Consumer]:
    consumer = Consumer(
        {
            **librdkafka_settings(settings, "loader"),
            # Unused, because offsets are stored in the warehouse, but required by librdkafka.
            "group.id": "livelihood-loader",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            # Enough for one batch to arrive while another is decoded.
            "queued.max.messages.kbytes": 65_536,
            "queued.min.messages": 100_000,
            # A record batch may expand to 255 times its size, so few are fetched at a time. One
            # larger than the limit is returned alone.
            "fetch.max.bytes": MAX_FETCH_BYTES,
            "fetch.message.max.bytes": MAX_FETCH_BYTES,
            # Also the limit of zstd, which may expand to any size.
            "receive.message.max.bytes": MAX_EXPANDED_BYTES,
            "fetch.wait.max.ms": 50,
            # With the default of a second, a full queue costs 75 % of the reading speed.
            "fetch.queue.backoff.ms": 5,
            # librdkafka would write to standard error; `_log_error` logs instead.
            "log_level": 0,
            "error_cb": _log_error,
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


def _log_error(error: KafkaError) -> None:
    """Log errors except failed connections, which occur twenty times a second."""
    if error.code() != KafkaError._TRANSPORT:
        logger.warning("reading from Kafka: %s", error.str())


def _batch(
    messages: list[Message], contract: Contract, end: dict[int, int], position: dict[int, int]
) -> Batch:
    moved: dict[int, int] = {}
    good = messages
    if failed := [message for message in messages if message.error() is not None]:
        good = [message for message in messages if message.error() is None]
        for message in failed:
            _handle_error(message.error(), message, contract, moved, position, end)
    partitions, offsets = _positions(good)
    # Offsets ascend within a partition, so the last one counts.
    following = {part: offset + 1 for part, offset in zip(partitions, offsets, strict=True)}
    if beyond := [part for part, offset in following.items() if offset > end[part]]:
        moved |= {part: end[part] for part in beyond}
        good = [message for message in good if message.offset() < end[message.partition()]]
        partitions, offsets = _positions(good)
    large = {index for index, message in enumerate(good) if len(message) > MAX_VALUE_BYTES}
    return Batch(
        partitions=partitions,
        offsets=offsets,
        produced_at_ms=[message.timestamp()[1] for message in good],
        keys=[message.key() for message in good],
        values=[None if index in large else message.value() for index, message in enumerate(good)]
        if large
        else [message.value() for message in good],
        next_offsets=following | moved,
        dropped={
            index: f"too_large: message: {len(good[index])} bytes; more than {MAX_VALUE_BYTES} are "
            "not stored"
            for index in large
        },
    )


def _positions(messages: list[Message]) -> tuple[list[int], list[int]]:
    return (
        [message.partition() for message in messages],
        [message.offset() for message in messages],
    )


def _handle_error(
    error: KafkaError,
    message: Message,
    contract: Contract,
    moved: dict[int, int],
    position: dict[int, int],
    end: dict[int, int],
) -> None:
    """Handle an error message: end of a partition, lost offsets, or a warning.

    At the end of a partition, skip what consumers do not receive (transaction markers), but not
    beyond `end`: later records belong to the next load.
    """
    if error.code() == KafkaError._PARTITION_EOF:
        partition = message.partition()
        reached = min(message.offset(), end[partition])
        if reached > position[partition]:
            moved[partition] = reached
    elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        raise OffsetsLost(
            f"stream {contract.name}, partition {message.partition()}: Kafka has deleted "
            f"offset {position[message.partition()]} ({error.str()}); `livelihood offsets "
            f"{contract.name}` shows how to recover"
        )
    elif error.code() in _UNREADABLE:
        logger.warning(
            "stream %s, partition %d: %s", contract.name, message.partition(), error.str()
        )
    elif not error.retriable() and error.fatal():
        raise KafkaException(error)
    else:
        logger.warning("reading %s: %s", contract.topic, error.str())
