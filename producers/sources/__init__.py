"""Sources: where records come from; a source yields rows and knows nothing of Kafka."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Protocol

import polars as pl

# Columns that accompany the rows of a frame and never travel.
FILE = "_file"
LINE = "_line"
PROBLEMS = "_problems"
CHUNK_ROWS = 20_000


class Source(Protocol):
    """Rows in a fixed order, so that reading can go on where it stopped.

    Each frame has the source's own columns, `_file` (text), `_line` (integer, from 1, null where
    there are no lines) and `_problems` (list of ``code: column: sentence``: what is unreadable).
    """

    @property
    def name(self) -> str:
        """What people call it: a file name, a query's name."""

    @property
    def fingerprint(self) -> str:
        """Hash of its content: equal content, equal rows."""

    @property
    def written_at(self) -> dt.datetime | None:
        """When the content was written (UTC); None: take the time the import began."""

    @property
    def is_sparse(self) -> bool:
        """Whether a frame may lack a column because none of its rows has a value in it."""

    @property
    def needs_record_ids(self) -> bool:
        """Whether rows must bring ids: the position of a row says nothing when it is read again."""

    def frames(self, start_row: int = 0) -> Iterator[pl.DataFrame]:
        """Its rows from the `start_row`-th on (from 0), at most `CHUNK_ROWS` at a time."""
