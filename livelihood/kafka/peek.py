"""Times of records: when the first one from an offset on was written, by partition."""

from __future__ import annotations

import datetime as dt
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition

from livelihood.kafka.clients import librdkafka_settings
from livelihood.kafka.reader import MAX_EXPANDED_BYTES, MAX_FETCH_BYTES, MAX_MILLISECONDS
from livelihood.settings import Settings

# Status pages call this: no answer is better than a slow one.
TIMEOUT_SECONDS = 2.0


def first_timestamps(
    settings: Settings, positions: dict[str, dict[int, int]], *, is_committed: bool
) -> dict[tuple[str, int], dt.datetime]:
    """Return when the first record from these offsets on was written, by topic and partition.

    `positions` maps topic and partition to the next offset. A partition that does not answer in
    time is omitted. Unless `is_committed`, records of open transactions are read as well.
    """
    pending = {(topic, p) for topic, parts in positions.items() for p in parts}
    written: dict[tuple[str, int], dt.datetime] = {}
    consumer = Consumer(
        {
            **librdkafka_settings(settings, "loader"),
            "group.id": "livelihood-peek",
            "enable.auto.commit": False,
            "queued.min.messages": 1,
            "fetch.wait.max.ms": 20,
            "fetch.max.bytes": MAX_FETCH_BYTES,
            "receive.message.max.bytes": MAX_EXPANDED_BYTES,
            "isolation.level": "read_committed" if is_committed else "read_uncommitted",
            "log_level": 0,
        }
    )
    try:
        consumer.assign(
            [
                TopicPartition(topic, p, o)
                for topic, parts in positions.items()
                for p, o in parts.items()
            ]
        )
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while pending and time.monotonic() < deadline:
            for message in consumer.consume(len(pending), 0.05):
                topic_partition = (message.topic(), message.partition())
                if message.error() is None and topic_partition in pending:
                    pending.discard(topic_partition)
                    milliseconds = min(max(message.timestamp()[1], 0), MAX_MILLISECONDS)
                    written[topic_partition] = dt.datetime.fromtimestamp(
                        milliseconds / 1000, dt.UTC
                    )
    except KafkaException:
        return {}
    finally:
        consumer.close()
    return written
