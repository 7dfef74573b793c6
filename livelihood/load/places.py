"""Where a stream stands on both sides: what the warehouse has loaded, what Kafka holds, what fits.

A load begins where the last one ended. When Kafka no longer holds that place, the stream stands
still until somebody has decided how to go on; `livelihood.load.gaps` does what was decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import psycopg

from livelihood.contracts import Contract
from livelihood.errors import OffsetsLost
from livelihood.kafka import TopicState

Kind = Literal["retention", "new_topic", "shorter_topic"]


@dataclass(frozen=True)
class Place:
    """A partition: the next offset to load, the topic it was of, and what Kafka holds of it."""

    partition: int
    next_offset: int
    topic_id: str
    first: int
    end: int

    def problem(self, topic_id: str) -> Kind | None:
        """Why loading cannot go on from here, or None when it can."""
        if self.topic_id != topic_id:
            return "new_topic"
        if self.next_offset > self.end:
            return "shorter_topic"
        return "retention" if self.next_offset < self.first else None


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
              state.end.get(partition, 0))
        for partition, next_offset, topic_id in rows
    ]  # fmt: skip


def refuse_lost(contract: Contract, state: TopicState, places: list[Place]) -> None:
    """Raise `OffsetsLost`, with what is wrong everywhere, unless all can be loaded from here on."""
    if wrong := list(_sentences(contract, state, places)):
        raise OffsetsLost(
            f"stream {contract.name}: {'; '.join(wrong)}. The stream stands still; "
            f"`livelihood offsets {contract.name}` shows the ways to go on"
        )


def _sentences(contract: Contract, state: TopicState, places: list[Place]) -> Iterator[str]:
    if any(place.problem(state.topic_id) == "new_topic" for place in places):
        yield f"topic {contract.topic} was deleted and created anew since the last load"
        return
    for place in places:
        where = f"partition {place.partition}: "
        match place.problem(state.topic_id):
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


def clear_stop(connection: psycopg.Connection, stream: str) -> None:
    """The stream can be loaded again."""
    connection.execute("delete from ops.stream_stop where stream = %s", (stream,))
