"""Bring a warehouse to the present version: schemas, bookkeeping, landing tables, roles."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr

from livelihood.contracts import load_contracts
from livelihood.settings import TIME_ZONE, Settings
from livelihood.warehouse.connection import connect, engine
from livelihood.warehouse.landing import create_landing

MIGRATIONS = Path(__file__).parent / "migrations"
ANALYST = "analyst"
CASEWORKER = "caseworker"

# One migration at a time: two of them would wait for each other's locks.
_MIGRATION_LOCK = 7_001


def migrate(settings: Settings) -> None:
    """Create or upgrade everything the platform keeps in PostgreSQL; safe to repeat.

    Raises `WarehouseUnavailable` when PostgreSQL stays away.
    """
    with connect(settings) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        _upgrade(settings)
        for contract in load_contracts().values():
            create_landing(connection, contract)
        _create_readers(connection, settings)
        keep_time_zone(connection)


def _upgrade(settings: Settings) -> None:
    # Half a second of imports that most commands do without.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    database = engine(settings)
    with database.begin() as transaction:
        config.attributes["connection"] = transaction
        command.upgrade(config, "head")
    database.dispose()


def _create_readers(connection: psycopg.Connection, settings: Settings) -> None:
    """Roles that read: analysts `published`, caseworkers also what it says of single persons.

    What is published later grants itself to those it is for.
    """
    _create_role(connection, ANALYST, settings.analyst_password)
    _create_role(connection, CASEWORKER, settings.caseworker_password)
    analyst = sql.Identifier(ANALYST)
    connection.execute(sql.SQL("grant {} to {}").format(analyst, sql.Identifier(CASEWORKER)))
    connection.execute(sql.SQL("revoke all on schema public from public"))
    connection.execute(sql.SQL("grant usage on schema published to {}").format(analyst))
    connection.execute(sql.SQL("grant select on published.release to {}").format(analyst))
    # Once analysts read all that was ever made there; now there are tables about single persons.
    connection.execute(
        sql.SQL(
            "alter default privileges in schema published revoke select on tables from {}"
        ).format(analyst)
    )


def keep_time_zone(connection: psycopg.Connection) -> None:
    """What says no zone, such as `current_date` in an analyst's query, means China's.

    A setting of the database and no migration, because a dump does not carry it.
    """
    connection.execute(
        sql.SQL("alter database {} set timezone to {}").format(
            sql.Identifier(connection.info.dbname), sql.Literal(TIME_ZONE.key)
        )
    )


def _create_role(connection: psycopg.Connection, name: str, password: SecretStr | None) -> None:
    known = connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone()
    role = sql.Identifier(name)
    if known is None:
        connection.execute(sql.SQL("create role {} login").format(role))
    if password is not None:
        connection.execute(
            sql.SQL("alter role {} password {}").format(
                role, sql.Literal(password.get_secret_value())
            )
        )
