"""Worksheets of .xls workbooks (BIFF), which calamine reads without errors and formats."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl
import xlrd

from producers.errors import SourceError
from producers.sources import LONG_NUMBER, UNREADABLE
from producers.sources.cells import column_name
from producers.sources.sheets import Content, Merged, Sheet
from producers.sources.workbook import marked, merged_marks


def legacy_sheets(path: Path) -> Sequence[Sheet]:
    """Return the worksheets of an .xls workbook. Raise SourceError if it cannot be read."""
    try:
        with path.open("rb") as file, Path("/dev/null").open("w") as log:
            book = xlrd.open_workbook(file_contents=file.read(), logfile=log, formatting_info=True)
    except Exception as error:
        raise SourceError(
            f"{path} cannot be read as Excel: {error or type(error).__name__}; "
            "open it in Excel or WPS and save it as .xlsx"
        ) from error
    return [_LegacySheet(book, sheet) for sheet in book.sheets()]


class _LegacySheet:
    """A worksheet of an .xls workbook."""

    def __init__(self, book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> None:
        self.name: str = sheet.name
        self.is_visible = sheet.visibility == 0
        self._book = book
        self._sheet = sheet

    def merged(self) -> Sequence[Merged]:
        """Return the merged ranges."""
        return [
            (first_line + 1, first_column + 1, last_line, last_column)
            for first_line, last_line, first_column, last_column in self._sheet.merged_cells
        ]

    def head(self, lines: int) -> list[list[str | None]]:
        """Return the cells of the first lines as text."""
        width = self._sheet.ncols
        return [
            [self._text(row, column) for column in range(width)]
            for row in range(min(lines, self._sheet.nrows))
        ]

    def read(self, first_line: int, width: int) -> Content:
        """Return the first `width` columns from a line on; unreadable cells are marked."""
        rows = range(first_line - 1, self._sheet.nrows)
        cells = pl.DataFrame(
            {str(c): pl.Series([self._text(r, c) for r in rows], dtype=pl.String)
             for c in range(width)}
        )  # fmt: skip
        marks: dict[tuple[int, int], str] = {}
        for area in self.merged():
            marks.update(merged_marks(area, first_line, len(rows), width))
        hidden = sum(
            1 for row in rows if (info := self._sheet.rowinfo_map.get(row)) and info.hidden
        )
        return Content(marked(cells, marks, first_line), hidden)

    def _text(self, row: int, column: int) -> str | None:
        if column >= self._sheet.row_len(row):
            return None
        kind, value = self._sheet.cell_type(row, column), self._sheet.cell_value(row, column)
        address = f"{column_name(column + 1)}{row + 1}"
        match kind:
            case xlrd.XL_CELL_TEXT:
                return str(value) or None
            case xlrd.XL_CELL_ERROR:
                error = xlrd.error_text_from_code.get(value, "#?")
                return f"{UNREADABLE}cell {address} holds the error {error}: correct its formula"
            case xlrd.XL_CELL_BOOLEAN:
                return "true" if value else "false"
            case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
                return self._number(float(value), row, column, address)
            case _:
                return None

    def _number(self, value: float, row: int, column: int, address: str) -> str:
        if not abs(value) < 1e15:
            return f"{UNREADABLE}cell {address} holds {LONG_NUMBER}"
        format_key = self._book.xf_list[self._sheet.cell_xf_index(row, column)].format_key
        number_format = self._book.format_map[format_key]
        is_chinese_date = 27 <= format_key <= 36 or 50 <= format_key <= 58
        if number_format.type == xlrd.formatting.FDT or is_chinese_date:
            return self._date(value, address)
        number = Decimal(format(value, ".15g"))
        if "%" in number_format.format_str:
            return f"{(number * 100).normalize():f}%"
        if re.fullmatch("0{2,}", number_format.format_str) and value >= 0:
            return f"{value:.0f}".zfill(len(number_format.format_str))
        return f"{number.normalize():f}"

    def _date(self, value: float, address: str) -> str:
        try:
            moment: dt.datetime = xlrd.xldate_as_datetime(value, self._book.datemode)
        except (OverflowError, ValueError):
            return f"{UNREADABLE}cell {address} holds a date that does not exist"
        return str(moment)
