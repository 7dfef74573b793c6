"""Rows of Excel and Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fastexcel
import polars as pl

from producers.errors import SourceError
from producers.sources import CHUNK_ROWS
from producers.sources.text import frames_of_rows, positions, unique_header


def excel_frames(
    path: Path, start_row: int, sheet: str | int | None, header_line: int
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a worksheet as text, by default of the first.

    Raises SourceError if the file or the sheet cannot be read.
    """
    try:
        loaded = fastexcel.read_excel(path).load_sheet(
            0 if sheet is None else sheet, header_row=None, skip_rows=0, dtypes="string"
        )
        cells = loaded.to_polars()
    except (fastexcel.FastExcelError, OSError) as error:
        raise SourceError(f"{path} cannot be read as Excel: {error}") from error
    if cells.height < header_line:
        raise SourceError(f"{path} has no line {header_line} to take the column names from")
    header = unique_header(cells.row(header_line - 1), path)
    body = cells.select(cells.columns[: len(header)]).with_row_index("_row", offset=1)
    body = body.slice(header_line).filter(pl.any_horizontal(pl.exclude("_row").is_not_null()))
    rows = ((line, list(fields), None) for line, *fields in body.slice(start_row).iter_rows())
    yield from frames_of_rows(rows, header, path.name)


def parquet_frames(path: Path, start_row: int) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file with their types. The line of a row is its number from 1."""
    try:
        lazy = pl.scan_parquet(path)
        total = lazy.select(pl.len()).collect().item()
        for first in range(start_row, total, CHUNK_ROWS):
            frame = lazy.slice(first, CHUNK_ROWS).collect()
            lines = range(first + 1, first + 1 + frame.height)
            yield frame.hstack(positions(lines, [None] * frame.height, path.name))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {error}") from error
