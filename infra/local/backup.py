"""Backup and restore of the warehouse with pg_dump, pg_restore and psql from the wheel.

They work on the embedded server and on an external one. The connection is passed in the
environment, because every user of the machine can read a command line.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from infra.local.errors import LocalServerError
from infra.local.postgres import program
from livelihood.settings import Settings

# Keyword of a connection string → environment variable of libpq.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
# PostgreSQL lists a closed session until its process has exited.
SESSION_END_SECONDS = 3.0
POLL_SECONDS = 0.1


def backup(settings: Settings, path: Path) -> int:
    """Write the whole warehouse to a file that only its owner can read. Return its size in bytes.

    Readers and loads continue meanwhile. The file contains one snapshot. Raises LocalServerError
    if pg_dump fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with _private_file(unfinished) as output:
        completed = subprocess.run(
            # Rights on functions of the server belong to the server; a migration sets them.
            [program("pg_dump"), "--format=custom", "--no-owner", "--exclude-schema=pg_catalog"],
            env=_environment(settings),
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    if completed.returncode != 0:
        unfinished.unlink()
        raise LocalServerError(f"the warehouse was not backed up: {_one_line(completed.stderr)}")
    unfinished.replace(path)
    return path.stat().st_size


def restore(settings: Settings, path: Path) -> None:
    """Replace the whole warehouse with a backup, in one transaction.

    Raises LocalServerError if there are other connections or the file is no complete backup.
    """
    if not path.exists():
        raise LocalServerError(f"there is no backup {path}: create one with `livelihood backup`")
    command = [str(program("pg_restore")), "--no-owner", "--file=-", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
        assert reader.stdout is not None  # noqa: S101 - a pipe was requested
        replace(settings, reader.stdout, is_complete=lambda: reader.wait() == 0)


def replace(
    settings: Settings, script: Iterable[bytes], is_complete: Callable[[], bool] = lambda: True
) -> None:
    """Replace the whole warehouse with the content of an SQL script of pg_dump, in one transaction.

    The transaction is committed only if the script is complete and `is_complete` returns true at
    its end. Raises LocalServerError otherwise, or if there are other connections.
    """
    _ensure_no_other_sessions(settings)
    command = [str(program("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
    with subprocess.Popen(
        command,
        env=_environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as writer:
        assert writer.stdin is not None  # noqa: S101 - a pipe was requested
        assert writer.stderr is not None  # noqa: S101 - a pipe was requested
        committed = _feed(writer.stdin, _drops(settings), script, is_complete)
        errors = writer.stderr.read()
    if writer.returncode != 0 or not committed:
        raise LocalServerError(
            "the warehouse is unchanged: "
            f"{_one_line(errors) or 'the backup is incomplete or not one of a warehouse'}"
        )


def _feed(
    target: IO[bytes], drops: bytes, script: Iterable[bytes], is_complete: Callable[[], bool]
) -> bool:
    """Write the script as one transaction. Return whether it was complete and thus committed."""
    has_end = False
    try:
        target.write(b"begin;\n" + drops)
        for line in script:
            target.write(line)
            has_end = has_end or line.startswith(b"-- PostgreSQL database dump complete")
        complete = has_end and is_complete()
        target.write(b"\ncommit;\n" if complete else b"\nrollback;\n")
        target.close()
    except BrokenPipeError:
        return False
    return complete


def _drops(settings: Settings) -> bytes:
    with psycopg.connect(settings.database_url()) as connection:
        schemas = connection.execute("""
            select nspname
            from pg_namespace
            where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
            """).fetchall()
        drop = sql.SQL("drop schema {} cascade;\n")
        statements = [drop.format(sql.Identifier(name)).as_bytes(connection) for (name,) in schemas]
    return b"".join([*statements, b"drop table if exists public.alembic_version;\n"])


def _ensure_no_other_sessions(settings: Settings) -> None:
    deadline = time.monotonic() + SESSION_END_SECONDS
    while sessions := _other_sessions(settings):
        if time.monotonic() > deadline:
            raise LocalServerError(
                f"{sessions} other connections use the warehouse: run `livelihood down` and "
                "`livelihood up --no-airflow`, ask analysts to disconnect, and restore again"
            )
        time.sleep(POLL_SECONDS)


def _other_sessions(settings: Settings) -> int:
    with psycopg.connect(settings.database_url()) as connection:
        row = connection.execute("""
            select count(*)
            from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend'
                and pid <> pg_backend_pid()""").fetchone()
    return int(row[0]) if row else 0


def _environment(settings: Settings) -> dict[str, str]:
    connection = conninfo_to_dict(settings.database_url())
    variables = {
        _VARIABLES[name]: str(value) for name, value in connection.items() if name in _VARIABLES
    }
    return os.environ | variables


@contextmanager
def _private_file(path: Path) -> Iterator[IO[bytes]]:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        yield output


def _one_line(stderr: bytes) -> str:
    return " ".join(stderr.decode(errors="replace").split())
