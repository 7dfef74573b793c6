"""Connections to the warehouse, retried for as long as the settings allow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential_jitter,
)

from livelihood.errors import WarehouseUnavailable
from livelihood.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# An address that does not answer, and a server that is gone during a query, are noticed after 10
# and after 120 seconds; by default libpq waits without a limit.
LIMITS = {
    "connect_timeout": 10,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("the warehouse does not answer, retrying: %s", error)


def retrying(
    action: Callable[[], Result],
    seconds: float,
    *errors: type[BaseException],
    log: Callable[[RetryCallState], None] = _log_retry,
) -> Result:
    """Return the result of `action`; on `errors` retry for so many seconds, then raise them."""
    return Retrying(
        retry=retry_if_exception_type(errors),
        stop=stop_after_delay(seconds),
        wait=wait_exponential_jitter(multiplier=0.2, max=5),
        before_sleep=log,
        reraise=True,
    )(action)


def connect(
    settings: Settings, *, autocommit: bool = False, role: str | None = None
) -> psycopg.Connection:
    """Connect to the warehouse, as `role` if one is given.

    Raises `WarehouseUnavailable` if PostgreSQL does not answer within `retry_seconds`.
    """
    url = settings.database_url()
    # Two seconds are the shortest that libpq knows.
    seconds = max(2, min(LIMITS["connect_timeout"], round(settings.retry_seconds)))
    limits: dict[str, Any] = LIMITS | {"connect_timeout": seconds}

    def attempt() -> psycopg.Connection:
        return psycopg.connect(url, autocommit=autocommit, application_name="livelihood", **limits)

    try:
        connection = retrying(attempt, settings.retry_seconds, psycopg.OperationalError)
    except psycopg.OperationalError as error:
        raise WarehouseUnavailable(
            f"PostgreSQL did not answer for {settings.retry_seconds:.0f} s ({error}); start it "
            "with `livelihood up`, or set LIVELIHOOD_WAREHOUSE_URL to a running server"
        ) from error
    if role is not None:
        connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(role)))
        if not autocommit:
            connection.commit()
    return connection


def engine(settings: Settings) -> sa.Engine:
    """Create a SQLAlchemy engine on the warehouse, for tools that need one."""
    # The import takes half a second, and most commands do not need it.
    import sqlalchemy as sa

    url = settings.database_url(driver="postgresql+psycopg")
    return sa.create_engine(url, pool_pre_ping=True, connect_args=dict(LIMITS))


@contextmanager
def raise_if_disconnected(stage: str) -> Iterator[None]:
    """Raise `WarehouseUnavailable` if the connection drops during a stage.

    The server rolls back the stage's open transaction.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        raise WarehouseUnavailable(
            f"{stage}: the connection to PostgreSQL was lost or the server could not continue "
            f"({str(error).strip()}); the open transaction was rolled back and nothing was lost: "
            "run the stage again once PostgreSQL runs"
        ) from error
