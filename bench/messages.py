"""Messages as the producers make them of the simulated county, with a share of broken ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import polars as pl

from bench.bed import Bed
from bench.topics import Message
from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.settings import Settings
from producers.encoder import Preparer
from producers.tokens import tokeniser
from simulator.faults.messages import MESSAGE_FAULTS, OVERSIZED

# Broken rows that can be read; beside them the simulator's messages that cannot.
ROW_FAULTS: dict[str, dict[str, Any]] = {
    "unknown_region": {"township_code": "522327999"},
    "check_digit": {"person_token": "invalid-" + "0" * 32},
    "too_old": {"recorded_at": "1923-03-01T08:00:00Z"},
    "unknown_value": {"operation": "delete"},
}


def prepared(bed: Bed, stream: str, count: int) -> list[Message]:
    """The first good messages of the stream, at most `count`."""
    return encoded(bed.settings, stream, bed.county.accepted(stream).head(count))


def encoded(settings: Settings, stream: str, rows: pl.DataFrame) -> list[Message]:
    """Raw rows as keys and values."""
    preparer = Preparer(
        load_contract(stream), tokeniser(settings), settings.token_key_version, references()
    )
    made = preparer.prepare(rows)
    return list(zip(made.keys, made.values, strict=True))


def with_faults(messages: list[Message], share: float) -> list[Message]:
    """The messages with this share of them broken, evenly spread, every kind of fault in turn."""
    every = round(1 / share)
    faults = itertools.cycle(_faults())
    return [
        next(faults)(message) if place % every == 0 else message
        for place, message in enumerate(messages)
    ]


def _faults() -> Iterator[Any]:
    for changes in ROW_FAULTS.values():
        yield lambda message, changes=changes: (
            message[0],
            msgspec.json.encode(msgspec.json.decode(message[1]) | changes),
        )
    for name, (_, spoil) in MESSAGE_FAULTS.items():
        # Two megabytes each would measure the network.
        if name != OVERSIZED:
            yield lambda message, spoil=spoil: (message[0], spoil(msgspec.json.decode(message[1])))
