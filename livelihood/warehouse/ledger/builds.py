"""Builds: what each was computed from, how it ended, and which loads its models have read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

Status = Literal["running", "built", "failed"]

# The newest build as a relation of one row, for statements that must see it at their own instant.
NEWEST = "(select * from ops.build order by build_id desc limit 1)"


@dataclass(frozen=True)
class Build:
    """A build; `horizon` maps each stream to its newest load that the figures include."""

    build_id: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    status: Status
    horizon: dict[str, int]
    as_of_date: dt.date
    code_version: str
    contract_versions: dict[str, Any]
    dbt_version: str
    message: str | None

    @property
    def is_built(self) -> bool:
        """Whether the build finished without an error."""
        return self.status == "built"


def begin(
    connection: psycopg.Connection,
    *,
    horizon: Mapping[str, int],
    as_of_date: dt.date,
    code_version: str,
    contract_versions: Mapping[str, str],
    dbt_version: str,
) -> int:
    """Record a running build and return its id."""
    row = connection.execute(
        "insert into ops.build (status, horizon, as_of_date, code_version, contract_versions,"
        " dbt_version) values ('running', %s, %s, %s, %s, %s) returning build_id",
        (
            Jsonb(dict(horizon)),
            as_of_date,
            code_version,
            Jsonb(dict(contract_versions)),
            dbt_version,
        ),
    ).fetchone()
    return int(row[0]) if row else 0


def finish(
    connection: psycopg.Connection, build_id: int, status: Status, message: str | None = None
) -> None:
    """Record how a build ended."""
    connection.execute(
        "update ops.build set status = %s, message = %s, finished_at = clock_timestamp()"
        " where build_id = %s",
        (status, message, build_id),
    )


def newest(connection: psycopg.Connection) -> Build | None:
    """Return the build that wrote the marts last, in any status; None before the first."""
    return _one(connection, "")


def newest_built(connection: psycopg.Connection, build_id: int | None = None) -> Build | None:
    """Return the newest successful build, or build `build_id` if it is a successful one."""
    return _one(
        connection,
        "where status = 'built' and (%(build_id)s::bigint is null or build_id = %(build_id)s)",
        build_id,
    )


def _one(
    connection: psycopg.Connection, condition: str, build_id: int | None = None
) -> Build | None:
    query = f"""
        select build_id, started_at, finished_at, status, horizon, as_of_date, code_version,
            contract_versions, dbt_version, message
        from ops.build {condition} order by build_id desc limit 1"""
    with connection.cursor(row_factory=class_row(Build)) as cursor:
        return cursor.execute(query.encode(), {"build_id": build_id}).fetchone()


def block_new(connection: psycopg.Connection) -> None:
    """Keep builds from being recorded until the transaction ends."""
    connection.execute("lock table ops.build in share mode")


def needs_full_refresh(connection: psycopg.Connection, code_version: str) -> bool:
    """Return whether models may hold results of other code, or positions that records left.

    Builds that failed since the last successful one count: they may have written some models.
    Records leave their positions when Kafka reuses offsets (`ops.offset_gap.moved_by`).
    """
    row = connection.execute(
        "with built as (select max(build_id) as build_id, max(started_at) as started_at"
        " from ops.build where status = 'built')"
        " select exists (select from ops.build, built where code_version <> %s"
        " and ops.build.build_id >= coalesce(built.build_id, 0))"
        " or exists (select from ops.offset_gap, built where moved_by is not null"
        " and decided_at >= built.started_at)",
        (code_version,),
    ).fetchone()
    return bool(row and row[0])


def built_up_to(connection: psycopg.Connection, schema: str, stream: str) -> int | None:
    """Return the newest load of a stream that every model of the schema has read."""
    row = connection.execute(
        "select min((horizon ->> %(stream)s)::bigint) from ops.build_watermark"
        " where schema_name = %(schema)s and horizon ? %(stream)s",
        {"schema": schema, "stream": stream},
    ).fetchone()
    return row[0] if row else None


def delete_watermarks(connection: psycopg.Connection, schema_prefix: str) -> None:
    """Delete the watermarks of models in schemas that begin with the prefix."""
    connection.execute(
        "delete from ops.build_watermark where starts_with(schema_name, %s)", (schema_prefix,)
    )
