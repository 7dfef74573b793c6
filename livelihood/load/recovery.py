"""Recovery options for a stopped stream.

Each is shown as a plan first and applied only on confirmation. Records that Kafka no longer has are
recorded as gaps in the ledger. Where Kafka uses offsets a second time, the loaded records with
those offsets move to partition numbers that no topic has, lower by `moved_by`.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.contracts import Contract, load_contract
from livelihood.errors import LivelihoodError, OffsetsLost
from livelihood.kafka import Problem, TopicState, topic_states
from livelihood.load.offsets import PartitionPosition, read_positions
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease
from livelihood.warehouse.ledger import offsets

# No topic has as many partitions.
_PARTITION_SHIFT = 1_000


@dataclass(frozen=True)
class Gap:
    """The effect of an option on a partition: the offsets skipped, and the records missing."""

    partition: int
    kind: Problem
    from_offset: int
    to_offset: int
    missing_records: int | None


@dataclass(frozen=True)
class Diagnosis:
    """A stream on both sides, and what prevents its next load."""

    contract: Contract
    state: TopicState
    positions: list[PartitionPosition]

    @property
    def kind(self) -> Problem | None:
        """The problem to solve first. A topic created again is the only one of its stream."""
        kinds = {position.problem for position in self.positions}
        ordered: tuple[Problem, ...] = ("new_topic", "shorter_topic", "retention")
        return next((kind for kind in ordered if kind in kinds), None)

    def gaps(self, kind: Problem) -> list[Gap]:
        """Return what solving this problem does. Raises `LivelihoodError` if it is another one."""
        if kind not in {position.problem for position in self.positions}:
            raise LivelihoodError(
                f"stream {self.contract.name}: nothing was done, because this is not the problem "
                f"that stops it; `livelihood offsets {self.contract.name}` shows which one does"
            )
        if kind == "new_topic":
            return [_restart(position) for position in self.positions]
        affected = [position for position in self.positions if position.problem == kind]
        return [_skip(p) if kind == "retention" else _fall_back(p) for p in affected]


def _skip(position: PartitionPosition) -> Gap:
    missing = position.first - position.next_offset
    return Gap(position.partition, "retention", position.next_offset, position.first, missing)


def _fall_back(position: PartitionPosition) -> Gap:
    # Kafka will use these offsets again; how many records it lost is unknown.
    return Gap(position.partition, "shorter_topic", position.next_offset, position.end, None)


def _restart(position: PartitionPosition) -> Gap:
    return Gap(position.partition, "new_topic", position.next_offset, position.first, None)


def diagnose(settings: Settings, stream: str) -> Diagnosis:
    """Compare a stream's offsets with Kafka. Raises `OffsetsLost` if its topic does not exist."""
    with connect(settings) as connection:
        return _diagnose(connection, settings, load_contract(stream))


def resume(settings: Settings, stream: str, kind: Problem) -> list[Gap]:
    """Solve a problem in one transaction: record gaps, move loaded records, set offsets.

    Raises `StageBusy` if the stream is being loaded, `LivelihoodError` if it has no such problem.
    """
    contract = load_contract(stream)
    with connect(settings) as connection, lease(connection, "load", stream):
        diagnosis = _diagnose(connection, settings, contract)
        gaps = diagnosis.gaps(kind)
        moved_by = None if kind == "retention" else _move_records(connection, stream, gaps)
        topic_ids = {p.partition: p.topic_id for p in diagnosis.positions}
        for gap in gaps:
            offsets.record_gap(
                connection,
                stream,
                gap.partition,
                gap.kind,
                from_offset=gap.from_offset,
                to_offset=gap.to_offset,
                missing_records=gap.missing_records,
                topic_id=topic_ids[gap.partition],
                moved_by=moved_by,
            )
        _set_offsets(connection, diagnosis, kind, gaps)
        offsets.clear_stop(connection, stream)
        return gaps


def _diagnose(connection: psycopg.Connection, settings: Settings, contract: Contract) -> Diagnosis:
    state = topic_states(settings, [contract]).get(contract.name)
    if state is None:
        raise OffsetsLost(
            f"stream {contract.name}: topic {contract.topic} does not exist; `livelihood migrate` "
            "creates it"
        )
    return Diagnosis(contract, state, read_positions(connection, contract, state))


def _move_records(connection: psycopg.Connection, stream: str, gaps: list[Gap]) -> int:
    """Move the records whose offsets Kafka uses again. Return by how much partitions moved."""
    moved_by = offsets.largest_move(connection, stream) + _PARTITION_SHIFT
    landing = sql.SQL(
        "update {} set _partition = _partition - %s where _partition = %s and _offset >= %s"
    ).format(sql.Identifier("landing", stream))
    for gap in gaps:
        moved = (moved_by, gap.partition, 0 if gap.kind == "new_topic" else gap.to_offset)
        connection.execute(landing, moved)
        connection.execute(
            "update ops.quarantine set partition = partition - %s"
            ' where partition = %s and "offset" >= %s and stream = %s',
            (*moved, stream),
        )
    return moved_by


def _set_offsets(
    connection: psycopg.Connection, diagnosis: Diagnosis, kind: Problem, gaps: list[Gap]
) -> None:
    state = diagnosis.state
    is_new = kind == "new_topic"
    # A new topic may have more partitions than the one before it, or fewer.
    start = state.first if is_new else {gap.partition: gap.to_offset for gap in gaps}
    offsets.reset(connection, diagnosis.contract.name, start, state.topic_id, replace=is_new)
