"""How old the records are that wait: the first one of each partition is looked at, no more."""

from __future__ import annotations

import datetime as dt
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition

from livelihood.settings import Settings

# A glance: whoever asks would rather have no answer than wait for it.
PATIENCE_SECONDS = 2.0


def oldest_timestamps(
    settings: Settings, positions: dict[str, dict[int, int]]
) -> dict[str, dt.datetime]:
    """When the oldest record from these offsets on was produced, per topic.

    `positions` holds the next offset per topic and partition. A topic that does not answer in time
    is left out.
    """
    waited_for = {(topic, p) for topic, parts in positions.items() for p in parts}
    found: dict[str, dt.datetime] = {}
    consumer = Consumer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
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
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waited_for and time.monotonic() < deadline:
            for message in consumer.consume(len(waited_for), 0.05):
                place = (message.topic(), message.partition())
                if message.error() is None and place in waited_for:
                    waited_for.discard(place)
                    at = dt.datetime.fromtimestamp(message.timestamp()[1] / 1000, dt.UTC)
                    found[place[0]] = min(at, found.get(place[0], at))
    except KafkaException:
        return {}
    finally:
        consumer.close()
    return found
