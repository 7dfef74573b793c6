"""Where a stream stands on both sides: what the warehouse has loaded, what Kafka holds, what fits.

A load begins where the last one ended. When Kafka no longer holds that place, the stream stands
still until somebody has decided how to go on; `livelihood.load.recovery` does what was decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import psycopg

from livelihood.contracts import Contract
from livelihood.errors import OffsetsLost
from livelihood.kafka import Problem, TopicState


@dataclass(frozen=True)
class Place:
    """A partition: what is to be loaded next, of which topic, what Kafka holds, what is wrong."""

    partition: int
    next_offset: int
    topic_id: str
    first: int
    end: int
    problem: Problem | None


def read_places(
    connection: psycopg.Connection, contract: Contract, state: TopicState
) -> list[Place]:
    """The partitions that have been loaded before."""
    rows = connection.execute(
        "select partition, next_offset, topic_id from ops.stream_offset where stream = %s"
        " order by partition",
        (contract.name,),
    )
    return [
        Place(partition, next_offset, topic_id, state.first.get(partition, 0),
              state.end.get(partition, 0), state.problem(topic_id, partition, next_offset))
        for partition, next_offset, topic_id in rows
    ]  # fmt: skip


def refuse_lost(contract: Contract, places: list[Place]) -> None:
    """Raise `OffsetsLost`, with what is wrong everywhere, unless all can be loaded from here on."""
    if wrong := list(_sentences(contract, places)):
        raise OffsetsLost(
            f"stream {contract.name}: {'; '.join(wrong)}. The stream stands still; "
            f"`livelihood offsets {contract.name}` shows the ways to go on"
        )


def _sentences(contract: Contract, places: list[Place]) -> Iterator[str]:
    if any(place.problem == "new_topic" for place in places):
        yield f"topic {contract.topic} was deleted and created anew since the last load"
        return
    for place in places:
        where = f"partition {place.partition}: "
        match place.problem:
            case "shorter_topic":
                yield (
                    f"{where}the warehouse has loaded up to offset {place.next_offset}, Kafka ends "
                    f"at {place.end}"
                )
            case "retention":
                yield (
                    f"{where}offsets {place.next_offset} to {place.first - 1} were removed by "
                    "retention before they were loaded"
                )


def note_stop(connection: psycopg.Connection, stream: str, reason: str) -> None:
    """Keep for the alert that the stream stands still, since when, and why."""
    connection.execute(
        "insert into ops.stream_stop (stream, reason) values (%s, %s)"
        " on conflict (stream) do update set reason = excluded.reason",
        (stream, reason),
    )


def note_gap(
    connection: psycopg.Connection,
    stream: str,
    partition: int,
    kind: Problem | Literal["first_load"],
    offsets: tuple[int, int],
    missing_records: int | None,
    topic_id: str,
    moved_by: int | None = None,
) -> None:
    """Keep what is missing from one offset to another, and what made room for it."""
    connection.execute(
        "insert into ops.offset_gap (stream, partition, kind, from_offset, to_offset,"
        " missing_records, topic_id, moved_by) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (stream, partition, kind, *offsets, missing_records, topic_id, moved_by),
    )


def clear_stop(connection: psycopg.Connection, stream: str) -> None:
    """The stream can be loaded again."""
    connection.execute("delete from ops.stream_stop where stream = %s", (stream,))
