"""Releases: what readers were shown, since when, and from which records and code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

Offsets = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Release:
    """A release; without arguments the state before the first one, number 0.

    `offsets` holds the next offset by stream and partition, `row_counts` the rows, closed and
    inserted rows by mart, `accepted_checks` the checks that failed and were accepted by a person.
    """

    release_id: int = 0
    released_at: dt.datetime | None = None
    as_of_date: dt.date | None = None
    build_id: int = 0
    gate_id: int = 0
    is_simulated: bool = False
    horizon: dict[str, int] = field(default_factory=dict)
    offsets: Offsets = field(default_factory=dict)
    code_version: str = ""
    dbt_version: str = ""
    contract_versions: dict[str, Any] = field(default_factory=dict)
    row_counts: dict[str, Any] = field(default_factory=dict)
    accepted_checks: list[dict[str, str]] = field(default_factory=list)

    @property
    def accepted(self) -> str:
        """The checks accepted for this release, each with the person and the reason."""
        return "; ".join(f"{a['check']} ({a['by']}: {a['reason']})" for a in self.accepted_checks)


_COLUMNS = """release_id, released_at, as_of_date, build_id, gate_id, is_simulated, horizon,
        offsets, code_version, dbt_version, contract_versions, row_counts, accepted_checks"""


def newest(connection: psycopg.Connection) -> Release | None:
    """Return the release that readers have now; None before the first."""
    releases = list_newest(connection, 1)
    return releases[0] if releases else None


def list_newest(connection: psycopg.Connection, limit: int) -> list[Release]:
    """Return the newest releases, newest first."""
    return _read(connection, "order by release_id desc limit %s", [limit])


def newest_of_year(connection: psycopg.Connection, year: int) -> Release | None:
    """Return the newest release for the last as-of date within a year."""
    condition = """where extract(year from as_of_date) = %s
        order by as_of_date desc, release_id desc limit 1"""
    releases = _read(connection, condition, [year])
    return releases[0] if releases else None


def _read(connection: psycopg.Connection, condition: str, values: list[Any]) -> list[Release]:
    query = f"select {_COLUMNS} from published.release {condition}"
    with connection.cursor(row_factory=class_row(Release)) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def exist(connection: psycopg.Connection, *release_ids: int) -> bool:
    """Return whether there are releases with all of these numbers."""
    row = connection.execute(
        "select count(*) from published.release where release_id = any(%s)", [list(release_ids)]
    ).fetchone()
    return row is not None and row[0] == len(set(release_ids))


def record(
    connection: psycopg.Connection, release: Release, load_ids: Mapping[str, list[int]]
) -> dt.datetime:
    """Record a release with the loads it shows first, by stream. Return its time."""
    row = connection.execute(
        """
        insert into published.release (
            release_id, released_at, as_of_date, build_id, gate_id, horizon, offsets, load_ids,
            dbt_version, code_version, contract_versions, row_counts, accepted_checks,
            is_simulated)
        values (%s, clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        returning released_at""",
        [
            release.release_id,
            release.as_of_date,
            release.build_id,
            release.gate_id,
            Jsonb(release.horizon),
            Jsonb(release.offsets),
            Jsonb(dict(load_ids)),
            release.dbt_version,
            release.code_version,
            Jsonb(release.contract_versions),
            Jsonb(release.row_counts),
            Jsonb(release.accepted_checks),
            release.is_simulated,
        ],
    ).fetchone()
    assert row is not None  # noqa: S101  (an insert that returns always has a row)
    released_at: dt.datetime = row[0]
    return released_at


def first_since(connection: psycopg.Connection, days: int) -> int | None:
    """Return the first release of the last so many days, or the newest if all are older."""
    row = connection.execute(
        """
        select min(release_id) from published.release
        where released_at >= now() - make_interval(days => %s)
            or release_id = (select max(release_id) from published.release)""",
        [days],
    ).fetchone()
    return row[0] if row else None


def mark_rows_removed(connection: psycopg.Connection, before: int) -> None:
    """Mark the releases before one as removed. They stay listed, with versions and verdict."""
    connection.execute(
        "update published.release set rows_removed_at = now()"
        " where release_id < %s and rows_removed_at is null",
        [before],
    )


def readable_horizons(connection: psycopg.Connection, stream: str) -> list[int]:
    """Return the newest load of a stream in each release whose rows can still be read."""
    rows = connection.execute(
        "select distinct coalesce((horizon ->> %s)::bigint, 0) from published.release"
        " where rows_removed_at is null",
        [stream],
    )
    return [load_id for (load_id,) in rows]


def grant_read(connection: psycopg.Connection, role: str) -> None:
    """Let a role read the list of releases."""
    connection.execute(
        sql.SQL("grant select on published.release to {}").format(sql.Identifier(role))
    )


def ensure_release_on(connection: psycopg.Connection, role: str) -> None:
    """Create `published.release_on(date)` for a role: the last release by that day, China time."""
    existing = connection.execute("select to_regprocedure('published.release_on(date)')").fetchone()
    if existing and existing[0] is not None:
        return
    connection.execute("""
        create function published.release_on(day date) returns bigint stable language sql as $$
            select max(release_id) from published.release
            where released_at < (day + 1)::timestamp at time zone 'Asia/Shanghai'
        $$""")
    connection.execute(
        sql.SQL("grant execute on function published.release_on(date) to {}").format(
            sql.Identifier(role)
        )
    )
