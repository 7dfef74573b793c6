"""The registry of source systems: the streams, regions and token keys of each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

import psycopg
from psycopg.rows import class_row

# Who registered what no person did.
FIRST_USE = "first use"
# A name with nine digits in a row may be an identifier in the wrong column.
_NAME = re.compile(r"(?!.*[0-9]{9})[a-z0-9_]{1,64}")


@dataclass(frozen=True)
class SourceKey:
    """A token key of a source, valid from one time until before another; None: unbounded.

    The fingerprint is None until the first record with one has arrived.
    """

    source_system: str
    key_version: int
    fingerprint: str | None
    valid_from: dt.datetime | None
    valid_to: dt.datetime | None
    registered_by: str
    ended_by: str | None = None

    def matches(self, key_version: int, fingerprint: str | None) -> bool:
        """Return whether a record may have this key; one without fingerprint, by its version."""
        return self.key_version == key_version and fingerprint in (None, self.fingerprint)


@dataclass(frozen=True)
class Source:
    """A registered source system. Without region codes it may send records of every region."""

    source_system: str
    title: str
    streams: list[str]
    region_codes: list[str]
    registered_at: dt.datetime
    registered_by: str
    retired_at: dt.datetime | None
    retired_by: str | None = None
    keys: tuple[SourceKey, ...] = ()


def is_name(text: str) -> bool:
    """Return whether a source system may have this name."""
    return _NAME.fullmatch(text) is not None


def read(connection: psycopg.Connection) -> dict[str, Source]:
    """Return all sources by name, the retired ones included."""
    with connection.cursor(row_factory=class_row(SourceKey)) as cursor:
        keys = cursor.execute(
            "select source_system, key_version, fingerprint, valid_from, valid_to, registered_by,"
            " ended_by from ops.source_key order by source_system, key_version, fingerprint"
        ).fetchall()
    with connection.cursor(row_factory=class_row(Source)) as cursor:
        rows = cursor.execute(
            "select source_system, title, streams, region_codes, registered_at, registered_by,"
            " retired_at, retired_by from ops.source order by source_system"
        ).fetchall()
    return {
        row.source_system: replace(
            row, keys=tuple(key for key in keys if key.source_system == row.source_system)
        )
        for row in rows
    }


def lock(connection: psycopg.Connection) -> None:
    """Let no other process change the registry until the transaction ends; readers continue."""
    connection.execute("lock table ops.source in share row exclusive mode")


def add(
    connection: psycopg.Connection,
    source_system: str,
    *,
    streams: Collection[str],
    region_codes: Collection[str] | None = None,
    title: str | None = None,
    registered_by: str,
) -> None:
    """Register a source, or add streams to it and reactivate it if it was retired.

    Regions and title replace those of before; None leaves them unchanged.
    """
    connection.execute(
        "insert into ops.source (source_system, title, streams, region_codes, registered_by)"
        " values (%(name)s, coalesce(%(title)s::text, ''), %(streams)s,"
        " coalesce(%(regions)s::text[], '{}'),"
        " %(by)s) on conflict (source_system) do update set retired_at = null, retired_by = null,"
        " title = coalesce(%(title)s::text, source.title),"
        " region_codes = coalesce(%(regions)s::text[], source.region_codes),"
        " streams = (select array_agg(distinct name order by name)"
        " from unnest(source.streams || excluded.streams) as name)",
        {
            "name": source_system,
            "title": title,
            "streams": sorted(streams),
            "regions": None if region_codes is None else sorted(region_codes),
            "by": registered_by,
        },
    )


def retire(connection: psycopg.Connection, source_system: str, retired_by: str) -> bool:
    """Accept no further records of a source. Return False if there is no active one."""
    changed = connection.execute(
        "update ops.source set retired_at = clock_timestamp(), retired_by = %s"
        " where source_system = %s and retired_at is null",
        (retired_by, source_system),
    )
    return changed.rowcount == 1


def add_key(
    connection: psycopg.Connection,
    source_system: str,
    key_version: int,
    fingerprint: str | None,
    *,
    valid_from: dt.datetime | None = None,
    registered_by: str,
) -> None:
    """Register a token key, without an end; the unknown fingerprint of its version becomes known.

    A key that is already registered becomes valid again.
    """
    parameters = (source_system, key_version, fingerprint, valid_from, registered_by)
    if fingerprint is not None:
        connection.execute(
            "delete from ops.source_key"
            " where source_system = %s and key_version = %s and fingerprint is null",
            parameters[:2],
        )
    connection.execute(
        "insert into ops.source_key (source_system, key_version, fingerprint, valid_from,"
        " registered_by) values (%s, %s, %s, %s, %s)"
        " on conflict (source_system, key_version, fingerprint) do update"
        " set valid_from = excluded.valid_from, valid_to = null, ended_by = null",
        parameters,
    )


def end_key(
    connection: psycopg.Connection,
    source_system: str,
    key_version: int,
    valid_to: dt.datetime,
    ended_by: str,
) -> int:
    """Accept records with the keys of this version only if sent before a time. Return how many."""
    return connection.execute(
        "update ops.source_key set valid_to = %s, ended_by = %s"
        " where source_system = %s and key_version = %s",
        (valid_to, ended_by, source_system, key_version),
    ).rowcount
