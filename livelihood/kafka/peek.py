"""Age of the backlog, read from the first record of each partition that is not loaded."""

from __future__ import annotations

import datetime as dt
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition

from livelihood.kafka.clients import librdkafka_settings
from livelihood.settings import Settings

# Status pages call this: no answer is better than a slow one.
TIMEOUT_SECONDS = 2.0


def oldest_timestamps(
    settings: Settings, positions: dict[str, dict[int, int]]
) -> dict[str, dt.datetime]:
    """Return when the oldest record from these offsets on was produced, by topic.

    `positions` maps topic and partition to the next offset. A topic that does not answer in time is
    omitted.
    """
    pending = {(topic, p) for topic, parts in positions.items() for p in parts}
    oldest: dict[str, dt.datetime] = {}
    consumer = Consumer(
        {
            **librdkafka_settings(settings, "loader"),
            "group.id": "livelihood-peek",
            "enable.auto.commit": False,
            "queued.min.messages": 1,
            "fetch.wait.max.ms": 20,
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
                    at = dt.datetime.fromtimestamp(message.timestamp()[1] / 1000, dt.UTC)
                    topic = topic_partition[0]
                    oldest[topic] = min(at, oldest.get(topic, at))
    except KafkaException:
        return {}
    finally:
        consumer.close()
    return oldest
