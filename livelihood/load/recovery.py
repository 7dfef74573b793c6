"""The ways on for a stream that stands still: each is planned, shown, and done only when decided.

What Kafka no longer holds is written to `ops.offset_gap`. Where offsets are used a second time, the
records that hold them make room: they get partition numbers that no topic has, `moved_by` less.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.contracts import Contract, load_contract
from livelihood.errors import LivelihoodError, OffsetsLost
from livelihood.kafka import Problem, TopicState, topic_states
from livelihood.load.offsets import Place, clear_stop, note_gap, read_places
from livelihood.load.transaction import lock_stream
from livelihood.settings import Settings
from livelihood.warehouse import connect

# No topic has as many partitions.
_ROOM = 1_000


@dataclass(frozen=True)
class Gap:
    """What a way does to one partition: where it ended, where it goes on, how many are missing."""

    partition: int
    kind: Problem
    from_offset: int
    to_offset: int
    missing_records: int | None


@dataclass(frozen=True)
class Standing:
    """A stream on both sides, and what stands in the way of its next load."""

    contract: Contract
    state: TopicState
    places: list[Place]

    @property
    def kind(self) -> Problem | None:
        """The problem to be solved first; a topic created anew is the only one of its stream."""
        kinds = {place.problem for place in self.places}
        ordered: tuple[Problem, ...] = ("new_topic", "shorter_topic", "retention")
        return next((kind for kind in ordered if kind in kinds), None)

    def gaps(self, kind: Problem) -> list[Gap]:
        """What solving the problem does; raises `LivelihoodError` when it is another one."""
        if kind not in {place.problem for place in self.places}:
            raise LivelihoodError(
                f"stream {self.contract.name}: nothing was done, because that is not what stands "
                f"in its way; `livelihood offsets {self.contract.name}` shows what does"
            )
        if kind == "new_topic":
            return [_anew(place) for place in self.places]
        chosen = [p for p in self.places if p.problem == kind]
        return [_skip(p) if kind == "retention" else _fall_back(p) for p in chosen]


def _skip(place: Place) -> Gap:
    missing = place.first - place.next_offset
    return Gap(place.partition, "retention", place.next_offset, place.first, missing)


def _fall_back(place: Place) -> Gap:
    # Kafka uses these offsets a second time; what is to come is not known yet.
    return Gap(place.partition, "shorter_topic", place.next_offset, place.end, None)


def _anew(place: Place) -> Gap:
    return Gap(place.partition, "new_topic", place.next_offset, place.first, None)


def standing(settings: Settings, stream: str) -> Standing:
    """How the stream stands now; raises `OffsetsLost` when its topic does not exist."""
    with connect(settings) as connection:
        return _standing(connection, settings, load_contract(stream))


def go_on(settings: Settings, stream: str, kind: Problem) -> list[Gap]:
    """Solve the problem, in one transaction: gaps noted, room made, offsets moved.

    Raises `StageBusy` when the stream is being loaded, `LivelihoodError` when it has no such
    problem.
    """
    contract = load_contract(stream)
    with connect(settings) as connection:
        lock_stream(connection, stream)
        found = _standing(connection, settings, contract)
        gaps = found.gaps(kind)
        moved_by = None if kind == "retention" else _make_room(connection, stream, gaps)
        for gap in gaps:
            _note(connection, found, gap, moved_by)
        _move_offsets(connection, found, kind, gaps)
        clear_stop(connection, stream)
        return gaps


def _standing(connection: psycopg.Connection, settings: Settings, contract: Contract) -> Standing:
    state = topic_states(settings, [contract]).get(contract.name)
    if state is None:
        raise OffsetsLost(
            f"stream {contract.name}: topic {contract.topic} does not exist; `livelihood migrate` "
            "creates it"
        )
    return Standing(contract, state, read_places(connection, contract, state))


def _make_room(connection: psycopg.Connection, stream: str, gaps: list[Gap]) -> int:
    """Move what holds the offsets that come a second time; how far the partitions moved."""
    row = connection.execute(
        "select coalesce(max(moved_by), 0) + %s from ops.offset_gap where stream = %s",
        (_ROOM, stream),
    ).fetchone()
    moved_by = int(row[0]) if row else _ROOM
    landing = sql.SQL(
        "update {} set _partition = _partition - %s where _partition = %s and _offset >= %s"
    ).format(sql.Identifier("landing", stream))
    for gap in gaps:
        where = (moved_by, gap.partition, 0 if gap.kind == "new_topic" else gap.to_offset)
        connection.execute(landing, where)
        connection.execute(
            "update ops.quarantine set partition = partition - %s"
            ' where partition = %s and "offset" >= %s and stream = %s',
            (*where, stream),
        )
    return moved_by


def _note(connection: psycopg.Connection, found: Standing, gap: Gap, moved_by: int | None) -> None:
    note_gap(
        connection,
        found.contract.name,
        gap.partition,
        gap.kind,
        (gap.from_offset, gap.to_offset),
        gap.missing_records,
        next(p.topic_id for p in found.places if p.partition == gap.partition),
        moved_by,
    )


def _move_offsets(
    connection: psycopg.Connection, found: Standing, kind: Problem, gaps: list[Gap]
) -> None:
    stream, state = found.contract.name, found.state
    begin = {gap.partition: gap.to_offset for gap in gaps}
    if kind == "new_topic":
        # It may have more partitions than its forerunner, or fewer.
        begin = dict(state.first)
        connection.execute("delete from ops.stream_offset where stream = %s", (stream,))
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.stream_offset (stream, partition, next_offset, topic_id)"
            " values (%s, %s, %s, %s) on conflict (stream, partition) do update"
            " set next_offset = excluded.next_offset, updated_at = clock_timestamp()",
            [(stream, partition, offset, state.topic_id) for partition, offset in begin.items()],
        )
