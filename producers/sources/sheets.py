"""Worksheets of workbooks of any format: which ones are read, and where their header ends."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import polars as pl

from producers.errors import SourceError
from producers.sources.header import plain_name
from producers.sources.options import FileOptions

# Lines and columns of a merged range from 1: first line, first column, last line, last column.
Merged = tuple[int, int, int, int]


@dataclass
class Content:
    """The cells below a header as text, null if empty, and the number of hidden rows."""

    cells: pl.DataFrame
    hidden_rows: int = 0


class Sheet(Protocol):
    """A worksheet."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def is_visible(self) -> bool:
        """Whether Excel shows it."""

    def head(self, lines: int) -> list[list[str | None]]:
        """Return the cells of the first lines as text."""

    def merged(self) -> Sequence[Merged]:
        """Return the merged ranges."""

    def read(self, first_line: int, width: int) -> Content:
        """Return the first `width` columns from a line on; unreadable cells are marked."""


@dataclass
class Book:
    """An open workbook."""

    sheets: Sequence[Sheet] = field(default_factory=list)


@contextmanager
def open_book(path: Path, format_: str) -> Iterator[Book]:
    """Open a workbook of format xlsx, xls or ods. Raise SourceError if it cannot be read."""
    from producers.sources.legacy import legacy_sheets
    from producers.sources.opendocument import opendocument_sheets
    from producers.sources.workbook import open_workbook

    try:
        if format_ == "xlsx":
            with open_workbook(path) as sheets:
                yield Book(sheets)
        else:
            yield Book(legacy_sheets(path) if format_ == "xls" else opendocument_sheets(path))
    except (BadZipFile, zlib.error, ParseError, OSError, KeyError, ValueError, EOFError) as error:
        raise SourceError(
            f"{path} cannot be read as Excel: {error}; open it in Excel or WPS and save it as .xlsx"
        ) from error


def chosen_sheets(
    book: Book, path: Path, options: FileOptions, notes: list[str]
) -> Sequence[Sheet]:
    """Return the sheets to read. Raise SourceError if the choice is ambiguous."""
    visible = [sheet for sheet in book.sheets if sheet.is_visible]
    if hidden := [sheet.name for sheet in book.sheets if not sheet.is_visible]:
        notes.append(f"hidden sheets were not read: {', '.join(hidden)}")
    if options.sheet is not None:
        return [_named(book.sheets, options.sheet, path, notes)]
    if not visible:
        raise SourceError(f"{path} has no visible sheet")
    header = _plain_header(visible[0], options.header_line)
    equal = [s for s in visible[1:] if header and header == _plain_header(s, options.header_line)]
    if equal and options.sheets != "all":
        names = ", ".join(sheet.name for sheet in (visible[0], *equal))
        raise SourceError(
            f"{path} has several sheets with the same header: {names}; send all of them "
            "(--all-sheets, or `file: {sheets: all}` in the mapping) or name one "
            "(`file: {sheet: …}`)"
        )
    chosen = [visible[0], *equal]
    if unread := [sheet.name for sheet in visible if sheet not in chosen]:
        notes.append(f"sheets with another header were not read: {', '.join(unread)}")
    return chosen


def _named(sheets: Sequence[Sheet], name: str | int, path: Path, notes: list[str]) -> Sheet:
    for number, sheet in enumerate(sheets):
        if name in (number, sheet.name):
            if not sheet.is_visible:
                notes[:] = [f"the sheet {sheet.name} is hidden; the mapping names it"]
            return sheet
    raise SourceError(
        f"{path} has no sheet {name}; it has: {', '.join(sheet.name for sheet in sheets)}"
    )


def _plain_header(sheet: Sheet, line: int) -> list[str]:
    head = sheet.head(line)
    names = [plain_name(name or "") for name in head[line - 1]] if len(head) >= line else []
    return [name for name in names if name]


def header_rows(sheet: Sheet, path: Path, options: FileOptions) -> list[list[str | None]]:
    """Return the lines of the header: the first, and those that its merged cells extend to.

    The name of a cell that is merged over lines is that of each of them.
    """
    first = options.header_line
    last = first + (options.header_rows or 1) - 1
    merged = [area for area in sheet.merged() if area[0] <= first <= area[2]]
    if options.header_rows is None:
        last = max([last, *(area[2] for area in merged)])
    lines = sheet.head(last)
    if len(lines) < first:
        raise SourceError(f"{path} has no line {first} to take the column names from")
    return lines[first - 1 : last]
