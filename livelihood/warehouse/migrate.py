"""Creation and upgrade of a warehouse: schemas, ledger, landing tables, readers."""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg
from psycopg import sql

from livelihood.contracts import load_contracts
from livelihood.settings import TIME_ZONE, Settings
from livelihood.warehouse.connection import connect, engine
from livelihood.warehouse.landing import create_landing
from livelihood.warehouse.leases import create_table, lease
from livelihood.warehouse.locks import LIMIT_LOCK_WAITS, LOCK_ERRORS, retry_blocked
from livelihood.warehouse.readers import create_readers

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
# Longer than the migrations of a large warehouse take.
_WAIT_SECONDS = 600.0


def migrate(settings: Settings) -> None:
    """Create or upgrade everything that the platform stores in PostgreSQL; safe to repeat.

    Logs which rights of readers only a superuser can revoke. Raises `WarehouseUnavailable` if
    PostgreSQL does not answer, `StageBusy` if another migration does not end or another session
    has locked a table for longer than `retry_seconds`.
    """
    with connect(settings) as connection:
        create_table(connection)
        with lease(connection, "migrate", wait_seconds=_WAIT_SECONDS):
            unrestricted = retry_blocked(
                connection,
                "migration",
                settings.retry_seconds,
                lambda: _migrate(settings, connection),
            )
    if unrestricted:
        logger.warning(
            "readers can still %s, which the owner of the warehouse may not change; a superuser "
            "can: see the runbook, 'External PostgreSQL'",
            ", ".join(unrestricted),
        )


def _migrate(settings: Settings, connection: psycopg.Connection) -> list[str]:
    """Upgrade everything. Return what readers can do and the owner may not prevent."""
    _upgrade(settings)
    for contract in load_contracts().values():
        create_landing(connection, contract)
    set_time_zone(connection)
    return create_readers(connection, settings)


def _upgrade(settings: Settings) -> None:
    # The import takes half a second, and most commands do not need it.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

    config = Config()
    # A percent sign begins an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    database = engine(settings)
    try:
        with database.begin() as transaction:
            transaction.exec_driver_sql(LIMIT_LOCK_WAITS)
            config.attributes["connection"] = transaction
            command.upgrade(config, "head")
    except DBAPIError as error:
        if isinstance(error.orig, LOCK_ERRORS):
            raise error.orig from error
        raise
    finally:
        database.dispose()


def set_time_zone(connection: psycopg.Connection) -> None:
    """Make China's time zone the default of the database, for `current_date` in queries.

    This is a database setting, not a migration, because a dump does not include it.
    """
    connection.execute(
        sql.SQL("alter database {} set timezone to {}").format(
            sql.Identifier(connection.info.dbname), sql.Literal(TIME_ZONE.key)
        )
    )
