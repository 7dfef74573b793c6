"""How many records of each stream wait in Kafka for the loader."""

from __future__ import annotations

import psycopg

from livelihood.contracts import load_contracts
from livelihood.kafka import topic_states
from livelihood.settings import Settings
from livelihood.warehouse import connect


def loaded_offsets(connection: psycopg.Connection) -> dict[str, dict[int, int]]:
    """Next offset to load, per stream and partition, as the warehouse has it."""
    found: dict[str, dict[int, int]] = {}
    rows = connection.execute("select stream, partition, next_offset from ops.stream_offset")
    for stream, partition, next_offset in rows:
        found.setdefault(stream, {})[partition] = next_offset
    return found


def backlog(settings: Settings) -> dict[str, int]:
    """Records waiting, per stream; 0 for a stream whose topic does not exist yet.

    Raises `BrokerUnavailable` or `WarehouseUnavailable` when one of the two does not answer.
    """
    contracts = load_contracts()
    states = topic_states(settings, contracts.values())
    with connect(settings) as connection:
        loaded = loaded_offsets(connection)
    waiting = dict.fromkeys(contracts, 0)
    for stream, state in states.items():
        done = loaded.get(stream, {})
        waiting[stream] = sum(
            max(0, end - max(done.get(partition, 0), state.first[partition]))
            for partition, end in state.end.items()
        )
    return waiting
