"""Counts of the quarantine and its purges, without the content of any message."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row

_SELECTED = """
    stream = %(stream)s and purged_at is null
    and (%(code)s::text is null or exists (
        select 1 from unnest(reasons) as why where split_part(why, ':', 1) = %(code)s))
    and (%(before)s::timestamptz is null or quarantined_at < %(before)s)
    and (%(partition)s::integer is null or partition = %(partition)s)
    and (%(offset)s::bigint is null or "offset" = %(offset)s)"""


@dataclass(frozen=True)
class Selection:
    """Messages of a stream in quarantine: with a reason code, before a time, at a position."""

    stream: str
    code: str | None = None
    before: dt.datetime | None = None
    partition: int | None = None
    offset: int | None = None


class Count(NamedTuple):
    """Messages of a stream with the same first reason code, by what became of them."""

    stream: str
    code: str
    waiting: int
    replayed: int
    purged: int
    bytes: int
    first_at: dt.datetime
    last_at: dt.datetime


class Range(NamedTuple):
    """Messages of a partition from one offset to before another."""

    partition: int
    from_offset: int
    to_offset: int
    messages: int
    bytes: int


def counts(connection: psycopg.Connection, stream: str | None) -> list[Count]:
    """Return the counts of one stream, or of all."""
    with connection.cursor(row_factory=class_row(Count)) as cursor:
        return cursor.execute(
            "select stream, split_part(reasons[1], ':', 1) as code,"
            " count(*) filter (where replayed_load_id is null and purged_at is null) as waiting,"
            " count(*) filter (where replayed_load_id is not null) as replayed,"
            " count(*) filter (where purged_at is not null) as purged,"
            " coalesce(sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0)), 0)"
            "::bigint as bytes, min(quarantined_at) as first_at, max(quarantined_at) as last_at"
            " from ops.quarantine where %(stream)s::text is null or stream = %(stream)s"
            " group by 1, 2 order by 1, 2",
            {"stream": stream},
        ).fetchall()


def selected(connection: psycopg.Connection, selection: Selection) -> list[Range]:
    """Return the messages that a purge of the selection would delete."""
    with connection.cursor(row_factory=class_row(Range)) as cursor:
        return cursor.execute(
            'select partition, min("offset") as from_offset, max("offset") + 1 as to_offset,'
            " count(*) as messages,"
            " sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0))::bigint"
            f" as bytes from ops.quarantine where {_SELECTED} group by 1 order by 1".encode(),
            asdict(selection),
        ).fetchall()


def purge(connection: psycopg.Connection, selection: Selection, by: str, reason: str) -> int | None:
    """Delete key and value of the selected messages, and return the id of the purge; None: none.

    The rows stay, so that each position is accounted for.
    """
    row = connection.execute(
        "select ops.purge_quarantine(%(stream)s, %(code)s, %(before)s, %(partition)s, %(offset)s,"
        " %(by)s, %(reason)s)",
        {**asdict(selection), "by": by, "reason": reason},
    ).fetchone()
    return row[0] if row else None


def grant(connection: psycopg.Connection, role: str) -> None:
    """Let a role read the quarantine and its purges, and purge it, and do nothing else."""
    for right in (
        "usage on schema ops",
        "select on ops.quarantine, ops.quarantine_purge",
        "execute on function ops.purge_quarantine",
    ):
        connection.execute(sql.SQL("grant {} to {}").format(sql.SQL(right), sql.Identifier(role)))
