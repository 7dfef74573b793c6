"""The backlog: how many records of each stream wait in Kafka for the loader, and since when."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple, Self

import psycopg

from livelihood.contracts import load_contracts
from livelihood.kafka.admin import TopicState, admin_client, read_states
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import offsets


class Backlog(NamedTuple):
    """Records of a stream that wait in Kafka, and the sum of its loaded offsets."""

    waiting: int
    loaded: int


class Loaded(NamedTuple):
    """The loaded part of a topic: its identity, and the next offset per partition."""

    topic_id: str
    next_offsets: dict[int, int]


class OpenTransaction(NamedTuple):
    """A producer's transaction that has not ended: its first offset, and when it was written."""

    partition: int
    offset: int
    since: dt.datetime | None


class Lag(NamedTuple):
    """The delay of a stream: records waiting, since when, and whether they can be loaded.

    Records behind an open transaction do not count as waiting.
    """

    waiting: int
    oldest_at: dt.datetime | None = None
    is_lost: bool = False
    open_transactions: tuple[OpenTransaction, ...] = ()


class BacklogProbe:
    """A repeated, cheap query of the backlog that keeps its connections. Use it in a `with`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._client = self._stack.enter_context(admin_client(self._settings, "monitor"))
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
        """Return the backlog of every stream. Nothing waits where the topic does not exist yet."""
        backlogs = dict.fromkeys(load_contracts(), Backlog(0, 0))
        for stream, (state, loaded) in self.positions().items():
            waiting = sum(
                state.end[partition] - next_offset
                for partition, next_offset in _waiting_from(state, loaded).items()
            )
            backlogs[stream] = Backlog(waiting, sum(loaded.next_offsets.values()))
        return backlogs

    def positions(self) -> dict[str, tuple[TopicState, Loaded]]:
        """Return Kafka's offsets and the loaded ones of each stream whose topic exists."""
        loaded = _loaded(self._connection)
        states = read_states(self._client, load_contracts().values())
        return {
            stream: (state, loaded.get(stream, Loaded(state.topic_id, {})))
            for stream, state in states.items()
        }


def backlog(settings: Settings) -> dict[str, int]:
    """Return the records waiting per stream.

    Raises `BrokerUnavailable` or `WarehouseUnavailable` if a server does not answer.
    """
    with BacklogProbe(settings) as probe:
        return {stream: state.waiting for stream, state in probe.read().items()}


def lags(settings: Settings) -> dict[str, Lag]:
    """Return how far each stream is behind. Raises as `backlog` does."""
    with BacklogProbe(settings) as probe:
        positions = probe.positions()
    contracts = load_contracts()
    waiting = {
        contracts[stream].topic: start
        for stream, (state, loaded) in positions.items()
        if (start := _waiting_from(state, loaded))
    }
    oldest = _oldest(settings, waiting)
    transactions = {
        contracts[stream].topic: state.open_transactions
        for stream, (state, _) in positions.items()
        if state.open_transactions
    }
    begun = _first_written(settings, transactions)
    # A topic that does not exist stops the loader as well.
    lag_by_stream = dict.fromkeys(contracts, Lag(0, is_lost=True))
    for stream, (state, loaded) in positions.items():
        topic = contracts[stream].topic
        count = sum(state.end[part] - start for part, start in waiting.get(topic, {}).items())
        lag_by_stream[stream] = Lag(
            count,
            oldest.get(topic),
            _is_lost(state, loaded),
            tuple(
                OpenTransaction(partition, offset, begun.get((topic, partition)))
                for partition, offset in state.open_transactions.items()
            ),
        )
    return lag_by_stream


def _oldest(settings: Settings, waiting: dict[str, dict[int, int]]) -> dict[str, dt.datetime]:
    oldest: dict[str, dt.datetime] = {}
    for (topic, _), at in _first_written(settings, waiting, is_committed=True).items():
        oldest[topic] = min(at, oldest.get(topic, at))
    return oldest


def _first_written(
    settings: Settings, positions: dict[str, dict[int, int]], *, is_committed: bool = False
) -> dict[tuple[str, int], dt.datetime]:
    if not positions:
        return {}
    from livelihood.kafka.peek import first_timestamps

    return first_timestamps(settings, positions, is_committed=is_committed)


def _waiting_from(state: TopicState, loaded: Loaded) -> dict[int, int]:
    """Return the next offset of each partition that has more than was loaded."""
    # All of a topic that was created again waits; the loader reports why it stops.
    next_offsets = loaded.next_offsets if loaded.topic_id == state.topic_id else {}
    start = {part: max(next_offsets.get(part, 0), state.first[part]) for part in state.end}
    return {part: offset for part, offset in start.items() if offset < state.end[part]}


def _is_lost(state: TopicState, loaded: Loaded) -> bool:
    """Return whether the loader would stop: Kafka lacks the records after the loaded offsets."""
    return any(
        state.problem(loaded.topic_id, part, next_offset)
        for part, next_offset in loaded.next_offsets.items()
    )


def _loaded(connection: psycopg.Connection) -> dict[str, Loaded]:
    loaded: dict[str, Loaded] = {}
    for stream, partition, next_offset, topic_id in offsets.read(connection):
        loaded.setdefault(stream, Loaded(topic_id, {})).next_offsets[partition] = next_offset
    return loaded
