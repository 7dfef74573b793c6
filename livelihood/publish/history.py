"""The list of releases, and what changed between two of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import class_row

from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect


@dataclass(frozen=True)
class ReleaseSummary:
    """A release as the list shows it; `row_counts` holds rows, closed and inserted per mart."""

    release_id: int
    released_at: dt.datetime
    as_of_date: dt.date
    build_id: int
    gate_id: int
    is_simulated: bool
    row_counts: dict[str, Any]


@dataclass(frozen=True)
class MartDifference:
    """Keys of a mart that are new, gone or different in the later of two releases."""

    mart: str
    added: int
    removed: int
    changed: int


def list_releases(settings: Settings, limit: int = 20) -> list[ReleaseSummary]:
    """The newest releases, newest first."""
    with (
        connect(settings) as connection,
        connection.cursor(row_factory=class_row(ReleaseSummary)) as cursor,
    ):
        return cursor.execute(
            """
            select release_id, released_at, as_of_date, build_id, gate_id, is_simulated, row_counts
            from published.release order by release_id desc limit %s""",
            [limit],
        ).fetchall()


def diff_releases(settings: Settings, earlier: int, later: int) -> list[MartDifference]:
    """Counts of changed keys per mart between two releases; marts without a change are left out.

    A row that changed and changed back in between counts as changed. Raises LivelihoodError if
    either release does not exist or the order is wrong.
    """
    with connect(settings) as connection:
        known = connection.execute(
            "select count(*) from published.release where release_id in (%s, %s)", [earlier, later]
        ).fetchone()
        if earlier >= later or known is None or known[0] != 2:
            message = f"Releases {earlier} and {later} are not two releases in order: see the list."
            raise LivelihoodError(message)
        keys = connection.execute(_KEYS).fetchall()
        differences = []
        for mart, key in keys:
            bounds = {"earlier": earlier, "later": later}
            row = connection.execute(_difference(mart, key), bounds).fetchone()
            if row and any(row):
                differences.append(MartDifference(mart, *row))
        return differences


# Published marts with the columns of their partial unique index.
_KEYS = r"""
    select left(t.relname, -length('_vintages')), array_agg(a.attname::text order by a.attnum)
    from pg_class t
    join pg_index i on i.indrelid = t.oid and i.indisunique
    join pg_attribute a on a.attrelid = i.indexrelid
    where t.relnamespace = 'published'::regnamespace and t.relname like '%\_vintages'
    group by t.relname order by t.relname"""

# Only rows that one of the two releases shows and the other does not are looked at.
_DIFFERENCE = sql.SQL("""
    with visible as (
        select {key},
            from_release <= %(earlier)s and coalesce(to_release > %(earlier)s, true) as is_early,
            from_release <= %(later)s and coalesce(to_release > %(later)s, true) as is_late
        from {vintages}
    ),
    touched as (
        select {key}, bool_or(is_early) as was_there, bool_or(is_late) as is_there
        from visible
        where is_early <> is_late
        group by {key}
    )
    select
        count(*) filter (where not was_there),
        count(*) filter (where not is_there),
        count(*) filter (where was_there and is_there)
    from touched""")


def _difference(mart: str, key: list[str]) -> sql.Composed:
    return _DIFFERENCE.format(
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
        vintages=sql.Identifier("published", f"{mart}_vintages"),
    )
