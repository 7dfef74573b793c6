"""A migrated database of its own for a test, on the shared server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from livelihood.warehouse import connect, migrate
from livelihood.warehouse.migrate import keep_time_zone

TEMPLATE = "livelihood_template"
_numbers = count(1)


@contextmanager
def own_database(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """Settings whose warehouse is a fresh copy of a migrated database; dropped afterwards."""
    name = f"own_{next(_numbers)}"
    with psycopg.connect(postgres.address, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
            migrate(_with_database(settings, postgres, TEMPLATE))
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        own = _with_database(settings, postgres, name)
        with connect(own) as fresh:
            keep_time_zone(fresh)
        try:
            yield own
        finally:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def _with_database(settings: Settings, postgres: PostgresServer, name: str) -> Settings:
    url = postgres.address.replace("/livelihood?", f"/{name}?")
    return settings.model_copy(update={"warehouse_url": url})
