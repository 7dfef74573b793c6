"""A file as a source: its name determines the format, its content hash the identity."""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from producers.errors import SourceError
from producers.sources.table import excel_frames, parquet_frames
from producers.sources.text import csv_frames, ndjson_frames

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


class FileOptions(BaseModel):
    """Layout of a file, where it cannot be detected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header_line: int = Field(1, ge=1, description="Line with the column names, from 1.")
    sheet: str | int | None = Field(None, description="Worksheet, by name or number from 0.")
    encoding: str | None = Field(None, description="Text encoding; detected if empty.")
    delimiter: str | None = Field(None, description="Separator of a CSV; detected if empty.")

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        try:
            return encoding and codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError(f"there is no encoding {encoding}") from error


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

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content, so that a renamed copy is the same import."""
        with self.path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    @property
    def written_at(self) -> dt.datetime:
        """Time of the last write (UTC): `recorded_at` of rows without one."""
        return dt.datetime.fromtimestamp(int(self.path.stat().st_mtime), dt.UTC)

    @property
    def is_sparse(self) -> bool:
        """True for JSON only, which omits empty values."""
        return FORMATS[self.path.suffix.lower()] == "ndjson"

    @property
    def needs_record_ids(self) -> bool:
        """False: equal content has equal rows at equal positions."""
        return False

    def frames(self, start_row: int = 0) -> Iterator[pl.DataFrame]:
        """Return the rows as text, or typed from Parquet; see `Source.frames`."""
        options = self.options
        match FORMATS[self.path.suffix.lower()]:
            case "csv":
                return csv_frames(
                    self.path, start_row, options.encoding, options.delimiter, options.header_line
                )
            case "excel":
                return excel_frames(self.path, start_row, options.sheet, options.header_line)
            case "ndjson":
                return ndjson_frames(self.path, start_row, options.encoding)
            case _:
                return parquet_frames(self.path, start_row)
