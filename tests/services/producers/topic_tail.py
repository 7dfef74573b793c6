"""What arrives in the topic of wages."""

from __future__ import annotations

import json
import time
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from livelihood.contracts import load_contract
from livelihood.kafka import topic_states
from livelihood.kafka.clients import client_settings
from livelihood.settings import Settings

WAGES = load_contract("wage_payment")

Message = tuple[int, bytes | None, bytes | None]


class TopicTail:
    """The messages that arrive from now on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start = self._end_offsets()

    def _end_offsets(self) -> dict[int, int]:
        return topic_states(self._settings, [WAGES])["wage_payment"].end

    def messages(self) -> list[Message]:
        """Return partition, key and value of every message since, by partition and offset."""
        end_offsets = self._end_offsets()
        messages: list[Message] = []
        consumer = KafkaConsumer(**client_settings(self._settings, "loader"))
        for partition, end in end_offsets.items():
            position = TopicPartition(WAGES.topic, partition)
            consumer.assign([position])
            consumer.seek(position, self._start[partition])
            deadline = time.monotonic() + 20
            while consumer.position(position) < end and time.monotonic() < deadline:
                for batch in consumer.poll(200).values():
                    messages.extend((partition, record.key, record.value) for record in batch)
        consumer.close()
        assert len(messages) == sum(end_offsets.values()) - sum(self._start.values())
        return messages

    def documents(self) -> list[dict[str, Any]]:
        """Return the messages as objects."""
        return [json.loads(value or b"") for _, _, value in self.messages()]
