"""How many records of each stream wait in Kafka for the loader, and since when."""

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


class Backlog(NamedTuple):
    """Records of a stream that wait in Kafka, and the sum of its loaded offsets."""

    waiting: int
    loaded: int


class Loaded(NamedTuple):
    """What the warehouse knows of a topic: its identity, and the next offset per partition."""

    topic_id: str
    next_offsets: dict[int, int]


class Lag(NamedTuple):
    """How far a stream is behind: records waiting, since when, and whether it can go on at all."""

    waiting: int
    oldest_at: dt.datetime | None = None
    is_lost: bool = False


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
        found = dict.fromkeys(load_contracts(), Backlog(0, 0))
        for stream, (state, done) in self.positions().items():
            waiting = sum(
                state.end[partition] - next_offset
                for partition, next_offset in _waiting_from(state, done).items()
            )
            found[stream] = Backlog(waiting, sum(done.next_offsets.values()))
        return found

    def positions(self) -> dict[str, tuple[TopicState, Loaded]]:
        """What Kafka holds and what the warehouse has loaded, per stream whose topic exists."""
        loaded = _loaded(self._connection)
        states = read_states(self._client, load_contracts().values())
        return {
            stream: (state, loaded.get(stream, Loaded(state.topic_id, {})))
            for stream, state in states.items()
        }


def backlog(settings: Settings) -> dict[str, int]:
    """Records waiting, per stream.

    Raises `BrokerUnavailable` or `WarehouseUnavailable` when one of the two does not answer.
    """
    with BacklogProbe(settings) as probe:
        return {stream: state.waiting for stream, state in probe.read().items()}


def lags(settings: Settings) -> dict[str, Lag]:
    """How far each stream is behind; raises as `backlog` does."""
    with BacklogProbe(settings) as probe:
        positions = probe.positions()
    contracts = load_contracts()
    waiting = {
        contracts[stream].topic: start
        for stream, (state, done) in positions.items()
        if (start := _waiting_from(state, done))
    }
    oldest = _oldest(settings, waiting)
    # A topic that does not exist stops the loader as well.
    found = dict.fromkeys(contracts, Lag(0, is_lost=True))
    for stream, (state, done) in positions.items():
        topic = contracts[stream].topic
        count = sum(state.end[part] - start for part, start in waiting.get(topic, {}).items())
        found[stream] = Lag(count, oldest.get(topic), _is_lost(state, done))
    return found


def _oldest(settings: Settings, waiting: dict[str, dict[int, int]]) -> dict[str, dt.datetime]:
    if not waiting:
        return {}
    from livelihood.kafka.peek import oldest_timestamps

    return oldest_timestamps(settings, waiting)


def _waiting_from(state: TopicState, done: Loaded) -> dict[int, int]:
    """The next offset of each partition that holds more than was loaded."""
    # Of a topic that was created anew all waits, and the loader will say why it stops.
    loaded = done.next_offsets if done.topic_id == state.topic_id else {}
    start = {part: max(loaded.get(part, 0), state.first[part]) for part in state.end}
    return {part: offset for part, offset in start.items() if offset < state.end[part]}


def _is_lost(state: TopicState, done: Loaded) -> bool:
    """Whether the loader would refuse: Kafka does not hold what comes after the loaded offsets."""
    return any(
        state.problem(done.topic_id, part, next_offset)
        for part, next_offset in done.next_offsets.items()
    )


def _loaded(connection: psycopg.Connection) -> dict[str, Loaded]:
    """Per stream the topic it was loaded from, and the next offset of each partition."""
    found: dict[str, Loaded] = {}
    rows = connection.execute(
        "select stream, topic_id, partition, next_offset from ops.stream_offset"
    )
    for stream, topic_id, partition, next_offset in rows:
        found.setdefault(stream, Loaded(topic_id, {})).next_offsets[partition] = next_offset
    return found
