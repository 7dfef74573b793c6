"""Offsets of a stream on both sides: what the warehouse has loaded, what Kafka holds.

A load begins where the last one ended. When Kafka no longer holds that offset, the stream is
stopped until an operator chooses a recovery option (`livelihood.load.recovery`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from livelihood.contracts import Contract
from livelihood.errors import OffsetsLost
from livelihood.kafka import Problem, TopicState
from livelihood.warehouse.ledger import offsets


@dataclass(frozen=True)
class PartitionPosition:
    """A partition: its next offset to load, of which topic, what Kafka holds, what is wrong."""

    partition: int
    next_offset: int
    topic_id: str
    first: int
    end: int
    problem: Problem | None


def read_positions(
    connection: psycopg.Connection, contract: Contract, state: TopicState
) -> list[PartitionPosition]:
    """Return the partitions that have been loaded before."""
    return [
        PartitionPosition(partition, next_offset, topic_id, state.first.get(partition, 0),
              state.end.get(partition, 0), state.problem(topic_id, partition, next_offset))
        for _, partition, next_offset, topic_id in offsets.read(connection, contract.name)
    ]  # fmt: skip


def ensure_offsets_available(contract: Contract, positions: list[PartitionPosition]) -> None:
    """Raise `OffsetsLost`, naming every problem, unless all partitions can be loaded."""
    if problems := list(_descriptions(contract, positions)):
        raise OffsetsLost(
            f"stream {contract.name}: {'; '.join(problems)}. The stream is stopped; "
            f"`livelihood offsets {contract.name}` shows the recovery options"
        )


def _descriptions(contract: Contract, positions: list[PartitionPosition]) -> Iterator[str]:
    if any(position.problem == "new_topic" for position in positions):
        yield f"topic {contract.topic} was deleted and created again since the last load"
        return
    for position in positions:
        where = f"partition {position.partition}: "
        match position.problem:
            case "shorter_topic":
                yield (
                    f"{where}the warehouse has loaded up to offset {position.next_offset}, Kafka "
                    f"ends at {position.end}"
                )
            case "retention":
                yield (
                    f"{where}offsets {position.next_offset} to {position.first - 1} were removed "
                    "by retention before they were loaded"
                )
