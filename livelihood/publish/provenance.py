"""Where the figures of a release come from: loads, offsets, and whether any record is simulated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

Offsets = dict[str, dict[str, int]]


@dataclass(frozen=True)
class NewestRelease:
    """The release readers have now; number 0 and nothing in it before the first."""

    release_id: int = 0
    as_of_date: dt.date | None = None
    build_id: int | None = None
    horizon: dict[str, int] = field(default_factory=dict)
    offsets: Offsets = field(default_factory=dict)
    is_simulated: bool = False

    def shows(self, as_of_date: dt.date) -> bool:
        """Whether its figures are those of that day."""
        return self.as_of_date == as_of_date


@dataclass(frozen=True)
class Provenance:
    """Loads since the release before, and next offsets per stream and partition at the horizon."""

    load_ids: dict[str, list[int]]
    offsets: Offsets
    is_simulated: bool


def newest_release(connection: psycopg.Connection) -> NewestRelease:
    """The newest release as the transaction sees it."""
    row = connection.execute(
        """
        select release_id, as_of_date, build_id, horizon, offsets, is_simulated
        from published.release order by release_id desc limit 1"""
    ).fetchone()
    return NewestRelease(*row) if row else NewestRelease()


def read_provenance(
    connection: psycopg.Connection, horizon: dict[str, int], newest: NewestRelease
) -> Provenance:
    """The provenance of a candidate built up to `horizon` (stream → load id)."""
    load_ids: dict[str, list[int]] = {}
    offsets: Offsets = {stream: dict(held) for stream, held in newest.offsets.items()}
    for stream, last_load_id in horizon.items():
        loads = connection.execute(
            """
            select load_id, kind, to_offsets from ops.load
            where stream = %s and load_id > %s and load_id <= %s order by load_id""",
            [stream, newest.horizon.get(stream, 0), last_load_id],
        ).fetchall()
        load_ids[stream] = [load[0] for load in loads]
        for _, kind, to_offsets in loads:
            if kind == "load":
                offsets.setdefault(stream, {}).update(to_offsets)
    return Provenance(load_ids, offsets, _is_simulated(connection, newest))


def _is_simulated(connection: psycopg.Connection, newest: NewestRelease) -> bool:
    # Where records are simulated the first block that is read says so; where none were, only what
    # landed since the newest release is looked at. Neither reads the whole of a large table.
    for table in _tables_with_source(connection):
        watermark = 0 if newest.is_simulated else newest.horizon.get(table, 0)
        row = connection.execute(
            sql.SQL(
                "select exists (select 1 from {} where source_system = 'simulator' "
                "and _load_id > %s)"
            ).format(sql.Identifier("landing", table)),
            [watermark],
        ).fetchone()
        if row and row[0]:
            return True
    return False


def _tables_with_source(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        """
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'landing'::regnamespace and c.relkind in ('r', 'p')
            and a.attname = 'source_system' and not a.attisdropped
        order by 1"""
    ).fetchall()
    return [row[0] for row in rows]
