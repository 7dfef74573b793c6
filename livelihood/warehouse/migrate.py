"""Creation and upgrade of a warehouse: schemas, ledger, landing tables, roles."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr

from livelihood.contracts import load_contracts
from livelihood.settings import TIME_ZONE, Settings
from livelihood.warehouse.connection import connect, engine
from livelihood.warehouse.landing import create_landing
from livelihood.warehouse.ledger import releases

MIGRATIONS = Path(__file__).parent / "migrations"
ANALYST = "analyst"
CASEWORKER = "caseworker"

# Advisory lock for one migration at a time: two would wait for each other's locks.
_MIGRATION_LOCK = 7_001


def migrate(settings: Settings) -> None:
    """Create or upgrade everything that the platform stores in PostgreSQL; safe to repeat.

    Raises `WarehouseUnavailable` if PostgreSQL does not answer.
    """
    with connect(settings) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        _upgrade(settings)
        for contract in load_contracts().values():
            create_landing(connection, contract)
        _create_readers(connection, settings)
        set_time_zone(connection)


def _upgrade(settings: Settings) -> None:
    # The import takes half a second, and most commands do not need it.
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
    """Create the roles that read: analysts, and caseworkers, who also see single persons.

    Publication grants each new table to its audience.
    """
    _create_role(connection, ANALYST, settings.analyst_password)
    _create_role(connection, CASEWORKER, settings.caseworker_password)
    analyst = sql.Identifier(ANALYST)
    connection.execute(sql.SQL("grant {} to {}").format(analyst, sql.Identifier(CASEWORKER)))
    connection.execute(sql.SQL("revoke all on schema public from public"))
    connection.execute(sql.SQL("grant usage on schema published to {}").format(analyst))
    releases.grant_read(connection, ANALYST)
    # Earlier versions let analysts read every table; now some tables are about single persons.
    connection.execute(
        sql.SQL(
            "alter default privileges in schema published revoke select on tables from {}"
        ).format(analyst)
    )


def set_time_zone(connection: psycopg.Connection) -> None:
    """Make China's time zone the default of the database, for `current_date` in queries.

    This is a database setting, not a migration, because a dump does not include it.
    """
    connection.execute(
        sql.SQL("alter database {} set timezone to {}").format(
            sql.Identifier(connection.info.dbname), sql.Literal(TIME_ZONE.key)
        )
    )


def _create_role(connection: psycopg.Connection, name: str, password: SecretStr | None) -> None:
    existing = connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone()
    role = sql.Identifier(name)
    if existing is None:
        connection.execute(sql.SQL("create role {} login").format(role))
    if password is not None:
        connection.execute(
            sql.SQL("alter role {} password {}").format(
                role, sql.Literal(password.get_secret_value())
            )
        )
