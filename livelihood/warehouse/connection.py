"""Connections to the warehouse, retried for as long as the settings allow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
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
    from pydantic import SecretStr

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Role = Literal["analyst", "caseworker", "quarantine_keeper"]
ANALYST: Role = "analyst"
CASEWORKER: Role = "caseworker"
# Reads and purges the quarantine, and reads nothing else.
KEEPER: Role = "quarantine_keeper"
READERS: tuple[Role, ...] = (ANALYST, CASEWORKER, KEEPER)

# A person waits, and a wrong password cannot be distinguished from a server that starts.
_READER_RETRY_SECONDS = 5.0

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
    settings: Settings, *, autocommit: bool = False, role: Role | None = None
) -> psycopg.Connection:
    """Connect to the warehouse as its owner, or log in as `role`.

    Raises `WarehouseUnavailable` if PostgreSQL does not answer within `retry_seconds`.
    """
    address = settings.database_url() if role is None else _reader_address(settings, role)
    seconds = settings.retry_seconds
    if role is not None:
        seconds = min(seconds, _READER_RETRY_SECONDS)

    # Two seconds are the shortest that libpq knows.
    timeout = max(2, min(LIMITS["connect_timeout"], round(seconds)))
    limits: dict[str, Any] = LIMITS | {"connect_timeout": timeout}

    def attempt() -> psycopg.Connection:
        return psycopg.connect(
            address, autocommit=autocommit, application_name="livelihood", **limits
        )

    try:
        return retrying(attempt, seconds, psycopg.OperationalError)
    except psycopg.OperationalError as error:
        raise WarehouseUnavailable(
            f"PostgreSQL did not answer for {seconds:.0f} s ({error}); {_remedy(settings, role)}"
        ) from error


def _reader_address(settings: Settings, role: Role) -> str:
    """Return the address with which a reader logs in; SET ROLE could be undone by any query."""
    parameters: dict[str, Any] = conninfo_to_dict(settings.database_url())
    # The address of an analyst's own machine may already name a reader.
    if parameters.get("user") not in READERS:
        password: SecretStr | None = getattr(settings, f"{role}_password")
        parameters |= {
            "user": role,
            "password": password.get_secret_value() if password else None,
        }
    limit = f"-c search_path=published -c statement_timeout={settings.reader_statement_seconds}s"
    parameters["options"] = f"{parameters.get('options', '')} {limit}".strip()
    return make_conninfo(**parameters)


def _remedy(settings: Settings, role: Role | None) -> str:
    if role and settings.warehouse_url:
        return (
            f"set LIVELIHOOD_{role.upper()}_PASSWORD to the password of the role {role}, and "
            "LIVELIHOOD_WAREHOUSE_URL to a running server"
        )
    return "start it with `livelihood up`, or set LIVELIHOOD_WAREHOUSE_URL to a running server"


def engine(settings: Settings, role: Role | None = None) -> sa.Engine:
    """Create a SQLAlchemy engine that connects like `connect`, for tools that need one."""
    # The import takes half a second, and most commands do not need it.
    import sqlalchemy as sa

    return sa.create_engine("postgresql+psycopg://", creator=lambda: connect(settings, role=role))


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
