"""Temporary databases on a running PostgreSQL: migrated ones, and copies of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql
from pydantic import SecretStr

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from livelihood.warehouse import connect, migrate
from livelihood.warehouse.migrate import set_time_zone
from livelihood.warehouse.readers import revoke_temporary_tables

TEMPLATE = "livelihood_template"
_numbers = count(1)


@contextmanager
def temporary_database(
    settings: Settings, postgres: PostgresServer, original: Settings | None = None
) -> Iterator[Settings]:
    """Yield settings whose warehouse is a new database. It is dropped afterwards.

    The database is a copy of the warehouse of `original`, to which no session may be open. Without
    one it is migrated and empty.
    """
    name = f"temporary_{next(_numbers)}"
    with _administrator(postgres) as connection:
        if original is None:
            _copy_database(connection, _migrated_template(connection, settings, postgres), name)
        else:
            # Files are copied, not logged: a large database is copied in less time.
            _copy_database(connection, _database_name(original), name, strategy="file_copy")
    database = _with_database(settings, postgres, name)
    try:
        with connect(database) as fresh:
            set_time_zone(fresh)
            revoke_temporary_tables(fresh)
        yield database
    finally:
        with _administrator(postgres) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def checkpoint(settings: Settings) -> None:
    """Write PostgreSQL's changed pages to disk, so that each run pays only for its own."""
    with connect(settings, autocommit=True) as connection:
        connection.execute("checkpoint")


def vacuum(settings: Settings) -> None:
    """Vacuum and analyse immediately, which autovacuum does within a minute.

    All runs that are compared then have the same statistics and query plans.
    """
    with connect(settings, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _migrated_template(
    connection: psycopg.Connection, settings: Settings, postgres: PostgresServer
) -> str:
    """Create and migrate the template database once for each server. Return its name."""
    row = connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone()
    if row is None:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
        migrate(_with_database(settings, postgres, TEMPLATE))
    return TEMPLATE


def _copy_database(
    connection: psycopg.Connection, original: str, name: str, strategy: str = "wal_log"
) -> None:
    connection.execute(
        sql.SQL("create database {} template {} strategy {}").format(
            sql.Identifier(name), sql.Identifier(original), sql.SQL(strategy)
        )
    )


def _with_database(settings: Settings, postgres: PostgresServer, name: str) -> Settings:
    url = postgres.address.replace("/livelihood?", f"/{name}?")
    return settings.model_copy(update={"warehouse_url": SecretStr(url)})


def _administrator(postgres: PostgresServer) -> psycopg.Connection:
    url = postgres.address.replace("/livelihood?", "/postgres?")
    return psycopg.connect(url, autocommit=True)


def _database_name(settings: Settings) -> str:
    with psycopg.connect(settings.database_url()) as connection:
        return connection.info.dbname
