"""Loads and replays: how many records each brought, and from which offsets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

# Messages that were counted instead of stored, as a relation for statements that join it.
OVERFLOWS = "ops.quarantine_overflow"


class Overflow(NamedTuple):
    """Messages of a partition that a load rejected for one reason and did not store."""

    code: str
    partition: int
    from_offset: int
    to_offset: int
    messages: int
    bytes: int


class LoadEntry(NamedTuple):
    """A committed load; `to_offsets` maps each partition to the next offset after it."""

    load_id: int
    kind: str
    to_offsets: dict[str, int]


class StreamTotals(NamedTuple):
    """All loads of a stream: the newest, and how many records they landed and rejected."""

    stream: str
    load_id: int
    committed_at: dt.datetime
    records: int
    rejected: int


def next_id(connection: psycopg.Connection) -> int:
    """Return the id of a load that begins now."""
    row = connection.execute("select nextval('ops.load_id')").fetchone()
    return int(row[0]) if row else 0


def record(
    connection: psycopg.Connection,
    load_id: int,
    stream: str,
    kind: str,
    *,
    started_at: dt.datetime,
    records: int,
    rejected: int,
    overflowed: int,
    from_offsets: Mapping[int, int],
    to_offsets: Mapping[int, int],
) -> None:
    """Record a load of kind `load` or `replay`: records landed, rejected, and only counted."""
    connection.execute(
        "insert into ops.load (load_id, stream, kind, started_at, records, rejected, overflowed,"
        " from_offsets, to_offsets) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            load_id,
            stream,
            kind,
            started_at,
            records,
            rejected,
            overflowed,
            _by_partition(from_offsets),
            _by_partition(to_offsets),
        ),
    )


def record_overflows(
    connection: psycopg.Connection, load_id: int, stream: str, overflows: Iterable[Overflow]
) -> None:
    """Record the messages that a load rejected and did not store."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.quarantine_overflow (load_id, stream, code, partition, from_offset,"
            " to_offset, messages, bytes) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [(load_id, stream, *overflow) for overflow in overflows],
        )


def prune_overflows(connection: psycopg.Connection, days: int) -> int:
    """Delete what was counted more than so many days ago, and return the number of rows."""
    return connection.execute(
        "delete from ops.quarantine_overflow where counted_at < now() - make_interval(days => %s)",
        (days,),
    ).rowcount


def _by_partition(offsets: Mapping[int, int]) -> Jsonb:
    return Jsonb({str(partition): offset for partition, offset in offsets.items()})


def horizon(connection: psycopg.Connection) -> dict[str, int]:
    """Return the newest load of each stream that has one."""
    return dict(
        connection.execute("select stream, max(load_id) from ops.load group by stream").fetchall()
    )


def totals(connection: psycopg.Connection) -> dict[str, StreamTotals]:
    """Return the totals of each stream that has a load."""
    with connection.cursor(row_factory=class_row(StreamTotals)) as cursor:
        rows = cursor.execute(
            "select stream, max(load_id) as load_id, max(committed_at) as committed_at,"
            " sum(records)::bigint as records, sum(rejected)::bigint as rejected"
            " from ops.load group by stream"
        )
        return {row.stream: row for row in rows}


def between(connection: psycopg.Connection, stream: str, after: int, up_to: int) -> list[LoadEntry]:
    """Return the loads of a stream after one load and up to another, in order."""
    with connection.cursor(row_factory=class_row(LoadEntry)) as cursor:
        return cursor.execute(
            "select load_id, kind, to_offsets from ops.load"
            " where stream = %s and load_id > %s and load_id <= %s order by load_id",
            (stream, after, up_to),
        ).fetchall()


def count_since(connection: psycopg.Connection, horizon: Mapping[str, int]) -> tuple[int, int]:
    """Return how many records landed after the horizon, and how many in all."""
    row = connection.execute(
        "select coalesce(sum(records) filter ("
        "where load_id > coalesce((%s ->> stream)::bigint, 0)), 0)::bigint,"
        " coalesce(sum(records), 0)::bigint from ops.load",
        (Jsonb(dict(horizon)),),
    ).fetchone()
    new, total = row or (0, 0)
    return new, total


def first_after(connection: psycopg.Connection, horizon: Mapping[str, int]) -> dt.datetime | None:
    """Return when the first load after the horizon was committed; None if there is none."""
    row = connection.execute(
        "select min(committed_at) from ops.load"
        " where load_id > coalesce((%s ->> stream)::bigint, 0)",
        (Jsonb(dict(horizon)),),
    ).fetchone()
    return row[0] if row else None


def first_recent(connection: psycopg.Connection, stream: str, count: int) -> int:
    """Return the first of the stream's newest `count` loads, 0 without any."""
    row = connection.execute(
        "select coalesce(min(load_id), 0) from (select load_id from ops.load where stream = %s"
        " order by load_id desc limit %s) as newest",
        (stream, count),
    ).fetchone()
    return int(row[0]) if row else 0


def committed_before(connection: psycopg.Connection, stream: str, days: int) -> list[int]:
    """Return the loads of a stream that were committed more than so many days ago."""
    rows = connection.execute(
        "select load_id from ops.load"
        " where stream = %s and committed_at < now() - make_interval(days => %s)",
        (stream, days),
    )
    return [load_id for (load_id,) in rows]
