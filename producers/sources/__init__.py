"""Sources of records: they yield rows, independently of Kafka."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl

# Columns that accompany the rows of a frame and are not sent.
FILE = "_file"
LINE = "_line"
PROBLEMS = "_problems"
CHUNK_ROWS = 20_000
# First character (a Unicode noncharacter) of the text of a cell that cannot be read; the rest is
# the reason. A row is rejected if the mapping uses the cell.
UNREADABLE = "\ufdd0"
NO_NUMBER = "not a number (NaN or infinite): correct it, or leave it empty"
LONG_NUMBER = "a number of more than 15 digits, of which programs round the end: write it as text"


class Source(Protocol):
    """Rows in a fixed order, so that reading can resume.

    Each frame has the source's own columns, `_file` (text), `_line` (integer, from 1, null where
    there are no lines) and `_problems` (list of ``code: column: sentence`` for unreadable values).
    A single unreadable cell is text that begins with `UNREADABLE`, followed by the reason.
    """

    @property
    def name(self) -> str:
        """Name in messages: that of the file or the database."""

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
        """Whether rows must contain ids, because their positions change between imports."""

    @property
    def notes(self) -> Sequence[str]:
        """What was left out or is unusual, one sentence each; complete after the last frame."""

    def frames(self, start_row: int = 0) -> Iterator[pl.DataFrame]:
        """Yield the rows from the `start_row`-th on (from 0), at most `CHUNK_ROWS` at a time."""
