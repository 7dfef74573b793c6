"""Rows of Excel and Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from producers.errors import SourceError
from producers.masking import mask_values
from producers.sources import CHUNK_ROWS, LONG_NUMBER, NO_NUMBER, UNREADABLE
from producers.sources.header import joined_header, unique_header
from producers.sources.options import FileOptions
from producers.sources.sheets import Sheet, chosen_sheets, header_rows, open_book
from producers.sources.text import positions


def excel_frames(
    path: Path, format_: str, start_row: int, options: FileOptions, notes: list[str]
) -> Iterator[pl.DataFrame]:
    """Yield the rows of the chosen worksheets as text, by default of the first visible one.

    What was left out is added to the notes. Raises SourceError if the file or the sheet cannot be
    read, or if another visible sheet has the same header.
    """
    with open_book(path, format_) as book:
        sheets = chosen_sheets(book, path, options, notes)
        # Read all sheets before the first row is sent.
        tables = [_table(sheet, path, options, notes, len(sheets) > 1) for sheet in sheets]
    for name, header, body in tables:
        skipped, start_row = min(start_row, body.height), max(start_row - body.height, 0)
        for frame in body.slice(skipped).iter_slices(CHUNK_ROWS):
            texts = frame.select(header)
            yield texts.hstack(positions(frame["_row"], [None] * frame.height, name))


def _table(
    sheet: Sheet, path: Path, options: FileOptions, notes: list[str], is_one_of_many: bool
) -> tuple[str, list[str], pl.DataFrame]:
    """Return the name of the table, its header, and its rows with their lines in `_row`."""
    lines = header_rows(sheet, path, options)
    header = unique_header(joined_header(lines) if len(lines) > 1 else lines[0], path)
    first_row = options.header_line + len(lines)
    content = sheet.read(first_row, len(header))
    if content.hidden_rows:
        notes.append(
            f"rows hidden in the sheet {sheet.name}, read like the others: {content.hidden_rows:,}"
        )
    body = content.cells.rename(dict(zip(content.cells.columns, header, strict=True)))
    body = body.with_row_index("_row", offset=first_row)
    is_row = pl.any_horizontal(pl.exclude("_row").str.strip_chars() != "")
    return (
        f"{path.name}, sheet {sheet.name}" if is_one_of_many else path.name,
        header,
        body.filter(is_row),
    )


def parquet_frames(path: Path, start_row: int) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file with their types. The line of a row is its number from 1."""
    try:
        lazy = pl.scan_parquet(path)
        total = lazy.select(pl.len()).collect().item()
        for first in range(start_row, total, CHUNK_ROWS):
            frame = _readable(lazy.slice(first, CHUNK_ROWS).collect())
            lines = range(first + 1, first + 1 + frame.height)
            yield frame.hstack(positions(lines, [None] * frame.height, path.name))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {mask_values(str(error))}") from None


def _readable(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with text that says why a value cannot be read, in columns with such."""
    return frame.with_columns(
        expression.alias(name)
        for name in frame.columns
        if (expression := _unreadable(frame[name])) is not None
    )


def _unreadable(values: pl.Series) -> pl.Expr | None:
    """Return an expression for the values as text and reasons, or None if all can be read."""
    value, type_ = pl.col(values.name), values.dtype
    if type_.is_nested() or type_ == pl.Duration:
        why = f"{UNREADABLE}it is of the type {type_}, not text, a number or a date"
        return pl.when(value.is_not_null()).then(pl.lit(why))
    # NaN is greater than every number.
    if type_.is_float() and (values.abs() >= 1e15).any():
        return (
            pl.when(~value.is_finite())
            .then(pl.lit(f"{UNREADABLE}it is {NO_NUMBER}"))
            .when(value.abs() >= 1e15)
            .then(pl.lit(f"{UNREADABLE}it is {LONG_NUMBER}"))
            .otherwise(value.cast(pl.String))
        )
    return None
