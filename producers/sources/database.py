"""Rows of a database query, in a fixed order so that an interrupted import can resume."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property

import polars as pl
import sqlalchemy as sa

from producers.errors import SourceError
from producers.masking import mask_values
from producers.sources import CHUNK_ROWS, LONG_NUMBER, NO_NUMBER, UNREADABLE
from producers.sources.header import unique_header
from producers.sources.text import Row, frames_of_rows

CONNECT_TIMEOUT_SECONDS = 10
# What makes the transaction read-only, where the dialect has no option for it.
READ_ONLY_STATEMENTS = {
    "mariadb": "set session transaction read only",
    "mysql": "set session transaction read only",
    "oracle": "set transaction read only",
    "sqlite": "pragma query_only = on",
}


class DatabaseSource:
    """A query on an open connection to a database. Use `open_database`.

    The query must end in an ``order by`` over a unique key: a resumed import skips the rows that
    were acknowledged. It runs twice, for the fingerprint and for the rows, in one transaction.
    """

    def __init__(self, connection: sa.Connection, name: str, query: str) -> None:
        if "order by" not in " ".join(query.lower().split()):
            raise SourceError(
                "the query has no `order by`: end it with one over a unique key, so that an "
                "interrupted import can resume"
            )
        self._connection = connection
        self._name = name
        self._query = query.strip().rstrip(";")

    @property
    def name(self) -> str:
        """Name of the database in the file of addresses."""
        return self._name

    @property
    def written_at(self) -> None:
        """None: a query sees what is stored when the import begins."""
        return

    @property
    def is_sparse(self) -> bool:
        """False: a query names its columns."""
        return False

    @property
    def needs_record_ids(self) -> bool:
        """True: the next query returns other rows at the same positions."""
        return True

    @property
    def notes(self) -> Sequence[str]:
        """Nothing: a query leaves out nothing that it does not name."""
        return ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the column names and all rows. Reads the whole result."""
        digest = hashlib.sha256()
        with self._result() as (header, rows):
            for _ in _hashed(header, rows, digest):
                pass
        return digest.hexdigest()

    def frames(self, start_row: int = 0) -> Iterator[pl.DataFrame]:
        """Yield the rows as text; see `Source.frames`.

        Raises SourceError if the database refuses the query, or if the rows are not those of the
        fingerprint.
        """
        expected = self.fingerprint
        digest = hashlib.sha256()
        with self._result() as (header, rows):
            # Skipped rows are read as well: the digest covers all.
            unsent = itertools.islice(_hashed(header, rows, digest), start_row, None)
            yield from frames_of_rows(unsent, header, self._name)
        if digest.hexdigest() != expected:
            raise SourceError(
                f"the rows of {self._name} or their order changed while they were read: end the "
                "query with an `order by` over a unique key, and send again"
            )

    @contextmanager
    def _result(self) -> Iterator[tuple[list[str], Iterator[list[str | None]]]]:
        """Run the query. Yield its column names and its rows as text."""
        try:
            with self._connection.exec_driver_sql(
                self._query, execution_options={"stream_results": True, "no_parameters": True}
            ) as result:
                if not result.returns_rows:
                    raise SourceError(f"the query on {self._name} returns no rows: use a select")
                header = unique_header(result.keys(), f"the query on {self._name}")
                chunks = result.partitions(CHUNK_ROWS)
                yield header, ([_text(value) for value in row] for chunk in chunks for row in chunk)
        except sa.exc.SQLAlchemyError as error:
            reason = _reason(error, self._connection.engine.url).splitlines()[0]
            raise SourceError(f"the database {self._name} refused the query: {reason}") from None


def _hashed(
    header: list[str], rows: Iterator[list[str | None]], digest: hashlib._Hash
) -> Iterator[Row]:
    """Yield the rows with their numbers from 1, and add them to the digest."""
    digest.update(json.dumps(header).encode())
    for number, fields in enumerate(rows, start=1):
        digest.update(json.dumps(fields).encode())
        yield number, fields, None


@contextmanager
def open_database(url: sa.URL, name: str, query: str) -> Iterator[DatabaseSource]:
    """Connect and begin a read-only transaction on one state of the database.

    The transaction is rolled back at the end. Raises SourceError, without the URL or its password,
    if the database does not answer.
    """
    engine = _engine(url, name)
    try:
        try:
            connection = engine.connect()
            if statement := READ_ONLY_STATEMENTS.get(engine.dialect.name):
                connection.exec_driver_sql(statement)
        except sa.exc.SQLAlchemyError as error:
            reason = " ".join(_reason(error, url).split())
            raise SourceError(
                f"the database {name} does not answer ({reason}): start it, or correct its url"
            ) from None
        with connection:
            yield DatabaseSource(connection, name, query)
    finally:
        engine.dispose()


def _engine(url: sa.URL, name: str) -> sa.Engine:
    is_postgres = url.get_backend_name() == "postgresql"
    try:
        if not is_postgres:
            return sa.create_engine(url)
        timeout = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
        return sa.create_engine(
            url,
            connect_args={} if "connect_timeout" in url.query else timeout,
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        )
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise SourceError(
            f"no driver for {url.drivername} is installed, which the url of {name} names"
        ) from error


def _reason(error: sa.exc.SQLAlchemyError, url: sa.URL) -> str:
    """Return the driver's message without password, URL or values."""
    text = str(getattr(error, "orig", None) or error)
    secrets = (url.render_as_string(hide_password=False), str(url), url.password)
    for secret in secrets:
        if secret:
            text = text.replace(str(secret), "…")
    return mask_values(text) or type(error).__name__


def _text(value: object) -> str | None:
    """Return a value as the text that a CSV export would hold; timestamps with a zone in UTC."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case dt.datetime() if value.tzinfo is not None:
            return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case Decimal() if value.is_finite():
            return format(value, "f")
        case float() | Decimal() if not math.isfinite(value):
            return UNREADABLE + "it is " + NO_NUMBER
        case float() if abs(value) >= 1e15:
            return UNREADABLE + "it is " + LONG_NUMBER
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)
