"""Changes of tables that readers use: they wait for a lock only briefly, and are retried.

PostgreSQL queues locks. A change that waits for the transaction of one reader would make all later
readers wait as well, for as long as that transaction is open.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import psycopg
from tenacity import RetryCallState

from livelihood.errors import StageBusy
from livelihood.warehouse.connection import retrying

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
# Readers wait at most so long behind a change that cannot begin; until the transaction ends.
LIMIT_LOCK_WAITS = "set local lock_timeout = '1s'"
LOCK_ERRORS = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)

# The other session with locks on stored tables whose transaction is the oldest.
_BLOCKING = """
    select session.pid, session.usename, session.application_name, session.client_addr,
        date_trunc('second', clock_timestamp() - session.xact_start)
    from pg_stat_activity as session
    where session.datname = current_database() and session.pid <> pg_backend_pid()
        and exists (
            select from pg_locks as held
            join pg_class as relation on relation.oid = held.relation
            where held.pid = session.pid and held.granted
                and relation.relnamespace::regnamespace::text !~ '^(pg_|information_schema)')
    order by session.xact_start nulls last
    limit 1"""


def retry_blocked(
    connection: psycopg.Connection, subject: str, seconds: float, action: Callable[[], Result]
) -> Result:
    """Return the result of `action`, repeated in a new transaction while a lock is not available.

    The caller commits. Raises `StageBusy` after so many seconds, with the session that has locks.
    """

    def attempt() -> Result:
        try:
            connection.execute(LIMIT_LOCK_WAITS)
            return action()
        except LOCK_ERRORS:
            connection.rollback()
            raise

    try:
        return retrying(attempt, seconds, *LOCK_ERRORS, log=_log)
    except LOCK_ERRORS as error:
        raise StageBusy(
            f"{subject}: a table is locked by another session"
            f"{_blocking_session(connection)}; nothing was changed: run it again later, or end "
            "that session with `select pg_terminate_backend(…)`"
        ) from error


def _log(state: RetryCallState) -> None:
    logger.info("a table is locked by another session, trying again (%d)", state.attempt_number)


def _blocking_session(connection: psycopg.Connection) -> str:
    row = connection.execute(_BLOCKING).fetchone()
    connection.rollback()
    if row is None:
        return ""
    pid, user, application, address, age = row
    origin = f" from {address}" if address else ""
    since = f", in a transaction since {age}" if age is not None else ""
    return f" (session {pid} of {user}, {application or 'unnamed program'}{origin}{since})"
