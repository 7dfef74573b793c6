"""Connections to the warehouse, with retries for as long as the settings allow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

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


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("the warehouse does not answer, trying again: %s", error)


def retrying(
    action: Callable[[], Result],
    seconds: float,
    *errors: type[BaseException],
    log: Callable[[RetryCallState], None] = _log_retry,
) -> Result:
    """The result of `action`, tried again on `errors` for that many seconds, then re-raised."""
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
    """A connection to the warehouse, acting as `role` if one is given.

    Raises `WarehouseUnavailable` when PostgreSQL stays away for `retry_seconds`.
    """
    url = settings.database_url()

    def attempt() -> psycopg.Connection:
        return psycopg.connect(url, autocommit=autocommit, application_name="livelihood")

    try:
        connection = retrying(attempt, settings.retry_seconds, psycopg.OperationalError)
    except psycopg.OperationalError as error:
        raise WarehouseUnavailable(
            f"PostgreSQL did not answer for {settings.retry_seconds:.0f} s ({error}); start it "
            "with `livelihood up`, or set LIVELIHOOD_WAREHOUSE_URL to a server that runs"
        ) from error
    if role is not None:
        connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(role)))
        if not autocommit:
            connection.commit()
    return connection


def engine(settings: Settings) -> sa.Engine:
    """A SQLAlchemy engine on the warehouse, for tools that want one."""
    # Half a second of imports that most commands do without.
    import sqlalchemy as sa

    return sa.create_engine(settings.database_url(driver="postgresql+psycopg"), pool_pre_ping=True)


@contextmanager
def losing(stage: str) -> Iterator[None]:
    """Say plainly when PostgreSQL goes away in the middle of a stage.

    Raises `WarehouseUnavailable`; the stage's open transaction is rolled back by the server.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        raise WarehouseUnavailable(
            f"{stage}: PostgreSQL went away or could not go on ({str(error).strip()}); what was "
            "open was rolled back and nothing was lost: once PostgreSQL runs, do it again"
        ) from error
