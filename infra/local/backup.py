"""Backup and restore of the warehouse, with PostgreSQL's own programs from the wheel.

They work on the embedded server and on an external one. The connection travels in the environment:
on a command line everybody on the machine could read its password.
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

# What libpq calls its variables, by the names in a connection string.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
# PostgreSQL counts a session that was just closed until its process has ended.
LEAVING_SECONDS = 3.0
POLL_SECONDS = 0.1


def backup(settings: Settings, path: Path) -> int:
    """Write the whole warehouse to a file that its owner alone can read; return its bytes.

    Readers and loads go on meanwhile: the file shows one instant. Raises LocalServerError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with _private(unfinished) as output:
        dumped = subprocess.run(
            [program("pg_dump"), "--format=custom", "--no-owner"],
            env=_environment(settings),
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    if dumped.returncode != 0:
        unfinished.unlink()
        raise LocalServerError(f"The warehouse was not backed up: {_words(dumped.stderr)}")
    unfinished.replace(path)
    return path.stat().st_size


def restore(settings: Settings, path: Path) -> None:
    """Replace the whole warehouse by a backup, in one transaction: all of it or nothing.

    Raises LocalServerError when others are connected, or the file is not a backup of a warehouse.
    """
    if not path.exists():
        raise LocalServerError(f"There is no backup {path}: `livelihood backup` writes one.")
    command = [str(program("pg_restore")), "--no-owner", "--file=-", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
        assert reader.stdout is not None  # noqa: S101 - a pipe, as asked for
        replace(settings, reader.stdout, is_whole=lambda: reader.wait() == 0)


def replace(
    settings: Settings, script: Iterable[bytes], is_whole: Callable[[], bool] = lambda: True
) -> None:
    """Replace the whole warehouse by what an SQL script of pg_dump makes, in one transaction.

    It is committed only if `is_whole` says so when the script has ended. Raises LocalServerError.
    """
    _refuse_company(settings)
    command = [str(program("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
    with subprocess.Popen(
        command,
        env=_environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as writer:
        assert writer.stdin is not None  # noqa: S101 - a pipe, as asked for
        assert writer.stderr is not None  # noqa: S101 - a pipe, as asked for
        whole = _feed(writer.stdin, _drops(settings), script, is_whole)
        refusal = writer.stderr.read()
    if writer.returncode != 0 or not whole:
        raise LocalServerError(
            "The warehouse was left as it was: "
            f"{_words(refusal) or 'the backup is not whole or not one of a warehouse'}"
        )


def _feed(
    target: IO[bytes], drops: bytes, script: Iterable[bytes], is_whole: Callable[[], bool]
) -> bool:
    """Write the script as one transaction; true if it came to its end and so was committed."""
    has_end = False
    try:
        target.write(b"begin;\n" + drops)
        for line in script:
            target.write(line)
            has_end = has_end or line.startswith(b"-- PostgreSQL database dump complete")
        whole = has_end and is_whole()
        target.write(b"\ncommit;\n" if whole else b"\nrollback;\n")
        target.close()
    except BrokenPipeError:
        return False
    return whole


def _drops(settings: Settings) -> bytes:
    with psycopg.connect(settings.database_url()) as connection:
        schemas = connection.execute(
            "select nspname from pg_namespace where nspname !~ '^pg_'"
            " and nspname not in ('information_schema', 'public')"
        ).fetchall()
        drop = sql.SQL("drop schema {} cascade;\n")
        statements = [drop.format(sql.Identifier(name)).as_bytes(connection) for (name,) in schemas]
    return b"".join([*statements, b"drop table if exists public.alembic_version;\n"])


def _refuse_company(settings: Settings) -> None:
    deadline = time.monotonic() + LEAVING_SECONDS
    while others := _others(settings):
        if time.monotonic() > deadline:
            raise LocalServerError(
                f"{others} other connections use the warehouse: `livelihood down`, then "
                "`livelihood up --no-airflow`, ask analysts to disconnect, and restore again."
            )
        time.sleep(POLL_SECONDS)


def _others(settings: Settings) -> int:
    with psycopg.connect(settings.database_url()) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and backend_type = 'client backend' and pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def _environment(settings: Settings) -> dict[str, str]:
    given = conninfo_to_dict(settings.database_url())
    named = {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES}
    return os.environ | named


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        yield output


def _words(stderr: bytes) -> str:
    return " ".join(stderr.decode(errors="replace").split())
