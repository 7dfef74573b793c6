"""The loader's reader written with kafka-python, used only to compare the two clients."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable
from livelihood.kafka import Batch
from livelihood.kafka.clients import client_settings
from livelihood.settings import Settings

_POLL_MILLISECONDS = 500


def read_batches(
    settings: Settings, contract: Contract, start: dict[int, int], end: dict[int, int]
) -> Iterator[Batch]:
    """Yield batches from `start` up to `end`, like `livelihood.kafka.read_batches`."""
    position = {part: start[part] for part in end if start[part] < end[part]}
    if not position:
        return
    with closing(_consumer(settings)) as consumer:
        consumer.assign([TopicPartition(contract.topic, part) for part in position])
        for part, offset in position.items():
            consumer.seek(TopicPartition(contract.topic, part), offset)
        last_received = time.monotonic()
        while any(position[part] < end[part] for part in position):
            batch = _batch(_gathered(consumer, settings.load_batch_records), end)
            if batch.next_offsets:
                last_received = time.monotonic()
                position.update(batch.next_offsets)
                yield batch
            elif time.monotonic() - last_received > settings.retry_seconds:
                raise BrokerUnavailable(f"Kafka sent nothing of {contract.topic}")


def _consumer(settings: Settings) -> KafkaConsumer:
    return KafkaConsumer(
        **client_settings(settings, "loader"),
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        # librdkafka does not check them by default either.
        check_crcs=False,
        max_partition_fetch_bytes=4 * 1_048_576,
        fetch_max_wait_ms=50,
        metrics_enabled=False,
    )


def _gathered(consumer: KafkaConsumer, records: int) -> list[Any]:
    """Return up to `records` messages. One poll returns one fetch of one partition."""
    gathered: list[Any] = []
    deadline = time.monotonic() + _POLL_MILLISECONDS / 1000
    while len(gathered) < records and time.monotonic() < deadline:
        missing = records - len(gathered)
        for part in consumer.poll(50, max_records=missing).values():
            gathered.extend(part)
    return gathered


def _batch(messages: Sequence[Any], end: dict[int, int]) -> Batch:
    good = [message for message in messages if message.offset < end[message.partition]]
    return Batch(
        partitions=[message.partition for message in good],
        offsets=[message.offset for message in good],
        produced_at_ms=[message.timestamp for message in good],
        keys=[message.key for message in good],
        values=[message.value for message in good],
        next_offsets={message.partition: message.offset + 1 for message in good},
    )
