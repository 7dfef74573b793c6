"""How many records of each stream wait in Kafka for the loader."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple, Self

import psycopg

from livelihood.contracts import load_contracts
from livelihood.kafka.admin import admin_client, read_states
from livelihood.settings import Settings
from livelihood.warehouse import connect


class Backlog(NamedTuple):
    """Records of a stream that wait in Kafka, and the sum of its loaded offsets."""

    waiting: int
    loaded: int


class BacklogProbe:
    """Asks again and again at little cost: it keeps its connections; use it in a `with`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._client = self._stack.enter_context(admin_client(self._settings))
        self._connection = self._stack.enter_context(connect(self._settings, autocommit=True))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def read(self) -> dict[str, Backlog]:
        """The backlog of every stream; nothing waits where the topic does not exist yet."""
        contracts = load_contracts()
        loaded = _loaded_offsets(self._connection)
        identities = _topic_ids(self._connection)
        found = {stream: Backlog(0, 0) for stream in contracts}
        for stream, state in read_states(self._client, contracts.values()).items():
            done = loaded.get(stream, {})
            if identities.get(stream, state.topic_id) != state.topic_id:
                # The topic was created anew: all of it waits, and the loader will say why it stops.
                done = {}
            waiting = sum(
                max(0, end - max(done.get(partition, 0), state.first[partition]))
                for partition, end in state.end.items()
            )
            found[stream] = Backlog(waiting, sum(loaded.get(stream, {}).values()))
        return found


def backlog(settings: Settings) -> dict[str, int]:
    """Records waiting, per stream.

    Raises `BrokerUnavailable` or `WarehouseUnavailable` when one of the two does not answer.
    """
    with BacklogProbe(settings) as probe:
        return {stream: state.waiting for stream, state in probe.read().items()}


def _topic_ids(connection: psycopg.Connection) -> dict[str, str]:
    """Identity of the topic each stream was loaded from."""
    rows = connection.execute("select distinct stream, topic_id from ops.stream_offset")
    return dict(rows.fetchall())


def _loaded_offsets(connection: psycopg.Connection) -> dict[str, dict[int, int]]:
    """Next offset to load, per stream and partition, as the warehouse has it."""
    found: dict[str, dict[int, int]] = {}
    rows = connection.execute("select stream, partition, next_offset from ops.stream_offset")
    for stream, partition, next_offset in rows:
        found.setdefault(stream, {})[partition] = next_offset
    return found
