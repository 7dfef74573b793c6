"""The readers of published tables: their roles, their limits, and what they may not do.

A session can change most of its limits, because PostgreSQL has no limit that binds an ordinary
role except the number of connections and the size of temporary files. `end_overdue_sessions`
therefore enforces the times from outside.
"""

from __future__ import annotations

import logging

import psycopg
from psycopg import sql
from pydantic import SecretStr

from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse.connection import ANALYST, CASEWORKER, KEEPER, READERS, connect
from livelihood.warehouse.ledger import quarantine, releases

logger = logging.getLogger(__name__)

# Functions that every role may call, and with which a reader could disturb others: pattern of their
# names → what they do.
_FUNCTIONS = {
    r"^pg_(try_)?advisory": "take advisory locks",
    r"^(lo_|loread$|lowrite$)": "write large objects",
    r"^pg_logical_emit_message$": "write to the transaction log",
    r"^pg_notify$": "call pg_notify",
}

_CALLABLE = """
    select array_agg(oid::regprocedure::text) from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and proname ~ %s
        and has_function_privilege(%s, oid, 'execute')"""

_END_OVERDUE = """
    select usename, pid, pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and usename = any(%(readers)s)
        and (clock_timestamp() - xact_start > make_interval(secs => %(transaction)s)
            or (state <> 'idle'
                and clock_timestamp() - state_change > make_interval(secs => %(statement)s)))"""


def create_readers(connection: psycopg.Connection, settings: Settings) -> list[str]:
    """Create the roles that read: analysts, caseworkers, who also see single persons, and keepers
    of the quarantine.

    Publication grants each new table to its audience. Returns what readers can do although they
    should not, because the owner of the warehouse may not prevent it.
    """
    _create_role(connection, ANALYST, settings.analyst_password)
    _create_role(connection, CASEWORKER, settings.caseworker_password)
    _create_role(connection, KEEPER, settings.quarantine_keeper_password)
    quarantine.grant(connection, KEEPER)
    analyst = sql.Identifier(ANALYST)
    connection.execute(sql.SQL("grant {} to {}").format(analyst, sql.Identifier(CASEWORKER)))
    connection.execute("revoke all on schema public from public")
    connection.execute(sql.SQL("grant usage on schema published to {}").format(analyst))
    releases.grant_read(connection, ANALYST)
    # Earlier versions let analysts read every table; now some tables are about single persons.
    connection.execute(
        sql.SQL(
            "alter default privileges in schema published revoke select on tables from {}"
        ).format(analyst)
    )
    return [*_revoke_rights(connection), *_limit_roles(connection, settings)]


def end_overdue_sessions(settings: Settings) -> int:
    """Terminate sessions of readers that exceed the limits of time. Return their number."""
    limits = {
        "readers": list(READERS),
        "transaction": settings.reader_transaction_seconds,
        "statement": settings.reader_statement_seconds,
    }
    with connect(settings, autocommit=True) as connection:
        try:
            ended = connection.execute(_END_OVERDUE, limits).fetchall()
        except psycopg.errors.InsufficientPrivilege as error:
            logger.warning("sessions of readers cannot be ended: %s", error)
            return 0
    for role, pid, _ in ended:
        logger.warning("ended session %d of %s, which exceeded the limits of readers", pid, role)
    return len(ended)


def _create_role(connection: psycopg.Connection, name: str, password: SecretStr | None) -> None:
    existing = connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone()
    role = sql.Identifier(name)
    if existing is None and not _try(connection, sql.SQL("create role {} login").format(role)):
        raise LivelihoodError(
            f"the owner of the warehouse may not create the role {name}: create it as a "
            "superuser; see the runbook, 'External PostgreSQL'"
        )
    if password is None:
        return
    # The server receives a verifier only: a statement may be logged.
    verifier = connection.pgconn.encrypt_password(
        password.get_secret_value().encode(), name.encode(), b"scram-sha-256"
    )
    statement = sql.SQL("alter role {} password {}").format(role, sql.Literal(verifier.decode()))
    if not _try(connection, statement):
        logger.warning("the owner of the warehouse may not set the password of %s", name)


def revoke_temporary_tables(connection: psycopg.Connection) -> bool:
    """Revoke temporary tables from all roles but the owner. Return whether readers lost them.

    This is a property of the database, which neither a dump nor a copy includes.
    """
    database = sql.Identifier(connection.info.dbname)
    revoke = sql.SQL("revoke temporary, create on database {} from public").format(database)
    _try(connection, revoke)
    row = connection.execute(
        "select has_database_privilege(%s, current_database(), 'temporary')", [ANALYST]
    ).fetchone()
    return not (row and row[0])


def _revoke_rights(connection: psycopg.Connection) -> list[str]:
    """Revoke what every role may do by default. Return what readers can still do."""
    remaining = [
        title for pattern, title in _FUNCTIONS.items() if not _revoke_calls(connection, pattern)
    ]
    if not revoke_temporary_tables(connection):
        remaining.append("create temporary tables")
    return remaining


def _revoke_calls(connection: psycopg.Connection, pattern: str) -> bool:
    """Revoke the execution of functions from all roles. Return whether analysts lost it."""
    for _ in range(2):
        row = connection.execute(_CALLABLE, [pattern, ANALYST]).fetchone()
        functions = row[0] if row else None
        if not functions:
            return True
        revoke = f"revoke execute on function {', '.join(functions)} from public"
        _try(connection, sql.SQL(revoke))
    return False


def _limit_roles(connection: psycopg.Connection, settings: Settings) -> list[str]:
    """Set the limits of the readers' roles. Return the limits that the owner may not set."""
    statement = sql.Literal(f"{settings.reader_statement_seconds}s")
    transaction = sql.Literal(f"{settings.reader_transaction_seconds}s")
    megabytes = sql.Literal(f"{settings.reader_temp_megabytes}MB")
    connections = sql.Literal(settings.reader_connections)
    refused: dict[str, None] = {}
    for name in READERS:
        role = sql.Identifier(name)
        for title, limit in {
            "exceed the limit of connections": sql.SQL("connection limit {}").format(connections),
            "run statements of any length": sql.SQL("set statement_timeout = {}").format(statement),
            "stay idle in a transaction": sql.SQL(
                "set idle_in_transaction_session_timeout = {}"
            ).format(statement),
            "have transactions of any length": sql.SQL("set transaction_timeout = {}").format(
                transaction
            ),
            "stay idle": sql.SQL("set idle_session_timeout = {}").format(transaction),
            "write temporary files of any size": sql.SQL("set temp_file_limit = {}").format(
                megabytes
            ),
        }.items():
            if not _try(connection, sql.SQL("alter role {} {}").format(role, limit)):
                refused[title] = None
        # Lets an owner who is no superuser end the sessions of readers.
        membership = sql.SQL("grant {} to current_user with inherit true, set false").format(role)
        if not _try(connection, membership):
            refused["exceed their limits of time"] = None
    return list(refused)


def _try(connection: psycopg.Connection, statement: sql.SQL | sql.Composed) -> bool:
    """Execute a statement. Return whether the current role may."""
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True
