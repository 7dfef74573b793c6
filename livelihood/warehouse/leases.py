"""Leases: at most one process runs a stage, or loads a stream, at a time.

A lease is a row that names the database session of its holder. It is taken and released by one
short statement, so no row stays locked while the stage works, and readers have no right on the
table. It ends with the session: PostgreSQL lists the session of a killed process no longer, and the
next process takes the lease over. A session cannot lose its lease while it is open, so no heartbeat
is needed, and a transaction of the holder cannot commit after a takeover. This requires sessions of
the process's own: a connection pooler in between must pool sessions, not transactions.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg.rows import class_row

from livelihood.errors import StageBusy

Stage = Literal["migrate", "load", "build", "publish", "alert"]

POLL_SECONDS = 0.1
# After a process was killed, PostgreSQL may need a moment until its session has ended.
SESSION_END_SECONDS = 2.0

# Created before the first migration runs, because migrations need a lease as well.
_CREATE = """
create schema if not exists ops;
create table if not exists ops.stage_lease (
    stage text collate "C" not null,
    -- The stream of a load; empty for a stage that runs as a whole.
    key text collate "C" not null,
    session_pid integer not null,
    session_started_at timestamptz not null,
    holder text not null,
    taken_at timestamptz not null default clock_timestamp(),
    primary key (stage, key)
);"""

# The owner sees the start of its own sessions. Process ids are used again, start times are not.
_IS_OPEN = """
    exists (
        select from pg_stat_activity as session
        where session.pid = lease.session_pid and session.datname = current_database()
            and coalesce(session.backend_start, lease.session_started_at)
                = lease.session_started_at
    )"""

# A lost TCP connection to the holder is noticed after two minutes; sockets ignore the settings.
_TAKE = f"""
    with keepalives as materialized (
        select set_config('tcp_keepalives_idle', '60', false),
            set_config('tcp_keepalives_interval', '10', false),
            set_config('tcp_keepalives_count', '6', false)
    )
    insert into ops.stage_lease as lease (stage, key, session_pid, session_started_at, holder)
    select %(stage)s, %(key)s, pid, backend_start, %(holder)s
    from pg_stat_activity, keepalives
    where pid = pg_backend_pid()
    on conflict (stage, key) do update
    set session_pid = excluded.session_pid, session_started_at = excluded.session_started_at,
        holder = excluded.holder, taken_at = excluded.taken_at
    where not {_IS_OPEN}"""

_RELEASE = """
    delete from ops.stage_lease
    where stage = %(stage)s and key = %(key)s and session_pid = pg_backend_pid()"""

_HOLDERS = f"""
    select stage, key, session_pid, holder, to_char(taken_at, 'HH24:MI:SS') as taken_at
    from ops.stage_lease as lease
    where stage = %(stage)s and (%(key)s::text is null or key = %(key)s) and {_IS_OPEN}
    order by key"""


@dataclass(frozen=True)
class Holder:
    """The process that holds a lease, and its database session."""

    stage: str
    key: str
    session_pid: int
    holder: str
    taken_at: str

    def __str__(self) -> str:
        return f"{self.holder}, since {self.taken_at}, PostgreSQL session {self.session_pid}"


def create_table(connection: psycopg.Connection) -> None:
    """Create the table of leases if it does not exist; two processes may do so simultaneously."""
    try:
        with connection.transaction():
            connection.execute(_CREATE)
    except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
        # The other process was faster.
        return


@contextlib.contextmanager
def lease(
    connection: psycopg.Connection,
    stage: Stage,
    key: str = "",
    *,
    wait_seconds: float = SESSION_END_SECONDS,
) -> Iterator[None]:
    """Hold a lease in the session of `connection`, whose transaction is committed at the end.

    Waits up to `wait_seconds` for another holder, then raises `StageBusy` with its name. After an
    error the transaction is rolled back.
    """
    _take(connection, stage, key, wait_seconds)
    names = {"stage": stage, "key": key}
    try:
        yield
    except BaseException:
        # Without a connection there is no session and thus no lease.
        with contextlib.suppress(psycopg.Error):
            connection.rollback()
            connection.execute(_RELEASE, names)
            connection.commit()
        raise
    connection.execute(_RELEASE, names)
    connection.commit()


def holders(connection: psycopg.Connection, stage: Stage, key: str | None = None) -> list[Holder]:
    """Return who holds the leases of a stage. Call it outside of a transaction."""
    with connection.cursor(row_factory=class_row(Holder)) as cursor:
        return cursor.execute(_HOLDERS, {"stage": stage, "key": key}).fetchall()


def _take(connection: psycopg.Connection, stage: Stage, key: str, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    values = {"stage": stage, "key": key, "holder": f"{socket.gethostname()} process {os.getpid()}"}
    # PostgreSQL lists sessions as of the first query of a transaction, so each attempt is its own.
    while True:
        with connection.transaction():
            if connection.execute(_TAKE, values).rowcount:
                return
        if time.monotonic() >= deadline:
            raise _busy(connection, stage, key)
        time.sleep(POLL_SECONDS)


def _busy(connection: psycopg.Connection, stage: Stage, key: str) -> StageBusy:
    with connection.transaction():
        current = holders(connection, stage, key)
    subject = f"stream {key} is being loaded" if key else f"stage {stage} is running"
    who = f" ({current[0]})" if current else ""
    return StageBusy(f"{subject} in another process{who}; nothing was done")
