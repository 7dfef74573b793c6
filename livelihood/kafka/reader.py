"""Reads a stream's topic from given offsets to given ends, in batches.

librdkafka (confluent-kafka) reads several times faster than kafka-python, see `bench/`. The rest of
the platform uses kafka-python.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable, OffsetsLost
from livelihood.kafka.clients import librdkafka_settings
from livelihood.settings import Settings

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.5


@dataclass
class Batch:
    """Messages of one read, column by column, and the next offsets after them."""

    partitions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    produced_at_ms: list[int] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    next_offsets: dict[int, int] = field(default_factory=dict)

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
        )


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
            messages = consumer.consume(batch_size, _POLL_SECONDS)
            now = dt.datetime.now(dt.UTC)
            batch = _batch(messages, contract, end, position)
            if batch.next_offsets:
                last_heard = now
                position.update(batch.next_offsets)
                yield batch
            elif (now - last_heard).total_seconds() > settings.retry_seconds:
                raise BrokerUnavailable(
                    f"Kafka at {settings.bootstrap_servers} sent nothing of {contract.topic} for "
                    f"{settings.retry_seconds:.0f} s; committed work is not lost: load again"
                )


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
            "fetch.message.max.bytes": 4 * 1_048_576,
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
    return Batch(
        partitions=partitions,
        offsets=offsets,
        produced_at_ms=[message.timestamp()[1] for message in good],
        keys=[message.key() for message in good],
        values=[message.value() for message in good],
        next_offsets=following | moved,
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
    elif not error.retriable() and error.fatal():
        raise KafkaException(error)
    else:
        logger.warning("reading %s: %s", contract.topic, error.str())
