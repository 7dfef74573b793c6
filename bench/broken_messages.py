"""Messages of which a share is broken: rows that break a rule, and bytes that are no row."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from simulator.faults.messages import MESSAGE_FAULTS, OVERSIZED
from testkit.topics import Message

# Rows that can be read but break a rule; the simulator's message faults cannot be read.
ROW_FAULTS: dict[str, dict[str, Any]] = {
    "unknown_region": {"township_code": "522327999"},
    "check_digit": {"person_token": "invalid-" + "0" * 32},
    "too_old": {"recorded_at": "1923-03-01T08:00:00Z"},
    "unknown_value": {"operation": "delete"},
}


def with_faults(messages: list[Message], share: float) -> list[Message]:
    """Return the messages with this share broken, evenly spread, by each fault in turn."""
    interval = round(1 / share)
    faults = itertools.cycle(_faults())
    return [
        _broken(message, next(faults)) if position % interval == 0 else message
        for position, message in enumerate(messages)
    ]


def _broken(message: Message, plant: Callable[[dict[str, Any]], bytes | None]) -> Message:
    key, value = message
    return key, plant(msgspec.json.decode(value or b""))


def _faults() -> Iterator[Callable[[dict[str, Any]], bytes | None]]:
    for changes in ROW_FAULTS.values():
        yield lambda row, changes=changes: msgspec.json.encode(row | changes)  # type: ignore[misc]
    for name, (_, plant) in MESSAGE_FAULTS.items():
        # Messages of two megabytes would measure the network.
        if name != OVERSIZED:
            yield plant
