"""A file as a source: its content determines the format and, by a hash, the identity."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import polars as pl

from producers.errors import SourceError
from producers.masking import mask
from producers.sources.encoding import content_format
from producers.sources.json_rows import ndjson_frames
from producers.sources.options import FileOptions
from producers.sources.table import excel_frames, parquet_frames
from producers.sources.text import csv_frames

__all__ = ["FORMATS", "FileOptions", "FileSource"]

FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".ods": "excel",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}


class FileSource:
    """A CSV, Excel, NDJSON or Parquet file.

    Raises SourceError if it does not exist or its name has no supported extension.
    """

    def __init__(self, path: Path, options: FileOptions | None = None) -> None:
        if not path.is_file():
            raise SourceError(f"there is no file {path}")
        if path.suffix.lower() not in FORMATS:
            raise SourceError(f"{path} has none of the extensions {', '.join(FORMATS)}")
        self.path = path
        self.options = options or FileOptions()
        self._notes: list[str] = []

    @property
    def name(self) -> str:
        """The file's name without its folder and identifiers."""
        return mask(self.path.name)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content, so that a renamed copy is the same import."""
        with self.path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    @cached_property
    def format(self) -> str:
        """Format by the content: a workbook saved as .csv is a workbook."""
        return content_format(self.path, FORMATS[self.path.suffix.lower()])

    @property
    def notes(self) -> Sequence[str]:
        """What was left out of the file, such as hidden sheets; complete after the last frame."""
        return self._notes

    @property
    def written_at(self) -> dt.datetime:
        """Time of the last write (UTC): `recorded_at` of rows without one."""
        return dt.datetime.fromtimestamp(int(self.path.stat().st_mtime), dt.UTC)

    @property
    def is_sparse(self) -> bool:
        """True for JSON only, which omits empty values."""
        return self.format == "ndjson"

    @property
    def needs_record_ids(self) -> bool:
        """False: equal content has equal rows at equal positions."""
        return False

    def frames(self, start_row: int = 0) -> Iterator[pl.DataFrame]:
        """Return the rows as text, or typed from Parquet; see `Source.frames`."""
        self._notes.clear()
        match self.format:
            case "csv":
                return csv_frames(self.path, start_row, self.options)
            case "ndjson":
                return ndjson_frames(self.path, start_row, self.options.encoding)
            case "parquet":
                return parquet_frames(self.path, start_row)
            case workbook:
                return excel_frames(self.path, workbook, start_row, self.options, self._notes)
