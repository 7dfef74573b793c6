"""Rows of a database query, in a fixed order so that an interrupted import can go on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl
import sqlalchemy as sa

from producers.errors import SourceError
from producers.sources import CHUNK_ROWS
from producers.sources.text import positions

_Row = sa.Row[tuple[object, ...]]


class DatabaseSource:
    """A query on any database SQLAlchemy can reach.

    The query must end in an ``order by`` over a key: a resumed import skips the rows that were
    acknowledged. `snapshot` names the state that is read (an extraction date, say): the same name
    continues an import, a new one begins another.
    """

    def __init__(self, url: str, query: str, snapshot: str) -> None:
        if "order by" not in " ".join(query.lower().split()):
            raise SourceError(
                "the query needs an `order by` over a key, or it could not be resumed"
            )
        self._url = sa.make_url(url)
        self._query = query
        self._snapshot = snapshot

    @property
    def name(self) -> str:
        """The database and the snapshot, without the password."""
        return f"{self._url.database}@{self._snapshot}"

    @property
    def fingerprint(self) -> str:
        """Hash of address, query and snapshot; the rows themselves are not read for it."""
        address = self._url.render_as_string(hide_password=True)
        return hashlib.sha256(
            "\x00".join([address, self._query, self._snapshot]).encode()
        ).hexdigest()

    @property
    def written_at(self) -> None:
        """Unknown: a query sees what is there when the import begins."""
        return

    @property
    def is_sparse(self) -> bool:
        """A query names its columns."""
        return False

    def frames(self, start_row: int = 0) -> Iterator[pl.DataFrame]:
        """Rows with the database's types; raises `SourceError` when it refuses the query."""
        done = 0
        with self._rows() as rows:
            for chunk in rows.partitions(CHUNK_ROWS):
                first, done = done, done + len(chunk)
                kept = chunk[max(0, start_row - first) :]
                if kept:
                    yield self._frame(kept, list(rows.keys()), done - len(kept))

    @contextmanager
    def _rows(self) -> Iterator[sa.CursorResult[tuple[object, ...]]]:
        engine = sa.create_engine(self._url)
        try:
            with engine.connect().execution_options(stream_results=True) as connection:
                yield connection.execute(sa.text(self._query))
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(f"{self.name} refused the query: {error}") from error
        finally:
            engine.dispose()

    def _frame(self, rows: Sequence[_Row], header: list[str], first: int) -> pl.DataFrame:
        frame = pl.DataFrame(
            [tuple(row) for row in rows], schema=header, orient="row", infer_schema_length=None
        )
        lines = range(first + 1, first + 1 + frame.height)
        return frame.hstack(positions(lines, [None] * frame.height, self.name))
