"""Offsets of streams: the next to load per partition, failures and stops, gaps in Kafka."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import psycopg
from psycopg.rows import class_row

GapKind = Literal["retention", "new_topic", "shorter_topic", "first_load"]

# Stopped streams as a relation (stream, stopped_at, reason), for statements that join it.
STOPS = "ops.stream_stop"


class StreamOffset(NamedTuple):
    """The next offset to load of a partition, and the id of the topic that it belongs to."""

    stream: str
    partition: int
    next_offset: int
    topic_id: str


def read(connection: psycopg.Connection, stream: str | None = None) -> list[StreamOffset]:
    """Return the loaded partitions of one stream, or of all, in order."""
    with connection.cursor(row_factory=class_row(StreamOffset)) as cursor:
        return cursor.execute(
            "select stream, partition, next_offset, topic_id from ops.stream_offset"
            " where %(stream)s::text is null or stream = %(stream)s order by stream, partition",
            {"stream": stream},
        ).fetchall()


def advance(connection: psycopg.Connection, offset: StreamOffset, next_offset: int) -> bool:
    """Move a partition on by compare-and-set. Return False if it is no longer at `offset`."""
    moved = connection.execute(
        "update ops.stream_offset set next_offset = %s, updated_at = clock_timestamp()"
        " where stream = %s and partition = %s and next_offset = %s and topic_id = %s",
        (next_offset, *offset),
    ).rowcount
    return moved == 1


def reset(
    connection: psycopg.Connection,
    stream: str,
    next_offsets: Mapping[int, int],
    topic_id: str,
    *,
    replace: bool = False,
) -> None:
    """Write the next offset of partitions; `replace` deletes the stream's other partitions."""
    if replace:
        connection.execute("delete from ops.stream_offset where stream = %s", (stream,))
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.stream_offset (stream, partition, next_offset, topic_id)"
            " values (%s, %s, %s, %s) on conflict (stream, partition) do update"
            " set next_offset = excluded.next_offset, updated_at = clock_timestamp()",
            [(stream, partition, offset, topic_id) for partition, offset in next_offsets.items()],
        )


def record_stop(connection: psycopg.Connection, stream: str, reason: str) -> None:
    """Record that a stream cannot be loaded, and why. The time of the first stop stays."""
    connection.execute(
        "insert into ops.stream_stop (stream, reason) values (%s, %s)"
        " on conflict (stream) do update set reason = excluded.reason",
        (stream, reason),
    )


def record_failure(connection: psycopg.Connection, stream: str, failure: str) -> int:
    """Record how a load failed and return how often it did so in a row."""
    row = connection.execute(
        "insert into ops.load_failure as former (stream, failure) values (%s, %s)"
        " on conflict (stream) do update set failure = excluded.failure, failed_at = default,"
        " times = case when former.failure = excluded.failure then former.times + 1 else 1 end"
        " returning times",
        (stream, failure),
    ).fetchone()
    return int(row[0]) if row else 1


def read_stops(connection: psycopg.Connection) -> dict[str, str]:
    """Return the reason of each stopped stream."""
    return dict(connection.execute("select stream, reason from ops.stream_stop").fetchall())


def clear_stop(connection: psycopg.Connection, stream: str) -> None:
    """Record that a stream can be loaded: it is not stopped, and its last load did not fail."""
    connection.execute("delete from ops.stream_stop where stream = %s", (stream,))
    connection.execute("delete from ops.load_failure where stream = %s", (stream,))


def record_gap(
    connection: psycopg.Connection,
    stream: str,
    partition: int,
    kind: GapKind,
    *,
    from_offset: int,
    to_offset: int,
    missing_records: int | None,
    topic_id: str,
    moved_by: int | None = None,
) -> None:
    """Record which offsets were skipped, and by how much partition numbers were lowered for it."""
    connection.execute(
        "insert into ops.offset_gap (stream, partition, kind, from_offset, to_offset,"
        " missing_records, topic_id, moved_by) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (stream, partition, kind, from_offset, to_offset, missing_records, topic_id, moved_by),
    )


def largest_move(connection: psycopg.Connection, stream: str) -> int:
    """Return the largest `moved_by` of a stream's gaps, 0 without one."""
    row = connection.execute(
        "select coalesce(max(moved_by), 0) from ops.offset_gap where stream = %s", (stream,)
    ).fetchone()
    return int(row[0]) if row else 0
