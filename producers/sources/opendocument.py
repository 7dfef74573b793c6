"""Worksheets of OpenDocument workbooks (.ods), which calamine reads without errors and formats."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import polars as pl

from producers.errors import SourceError
from producers.sources import LONG_NUMBER, UNREADABLE
from producers.sources.cells import column_name, shown_error
from producers.sources.sheets import Content, Merged, Sheet
from producers.sources.workbook import marked, merged_marks

MAX_COLUMNS = 1_024
MAX_LINES = 1_048_576
MAX_CONTENT_BYTES = 1 << 30

Element = ElementTree.Element


@dataclass
class _OpenDocumentSheet:
    """A worksheet of an .ods workbook."""

    name: str
    is_visible: bool
    rows: dict[int, list[str | None]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    areas: list[Merged] = field(default_factory=list)

    def merged(self) -> Sequence[Merged]:
        """Return the merged ranges."""
        return self.areas

    def head(self, lines: int) -> list[list[str | None]]:
        """Return the cells of the first lines as text."""
        last = min(lines, max(self.rows, default=0))
        return [self.rows.get(line, []) for line in range(1, last + 1)]

    def read(self, first_line: int, width: int) -> Content:
        """Return the first `width` columns from a line on; unreadable cells are marked."""
        lines = range(first_line, max(self.rows, default=0) + 1)
        padded = [_padded(self.rows.get(line, []), width) for line in lines]
        cells = pl.DataFrame(
            padded, schema=[(str(c), pl.String()) for c in range(width)], orient="row"
        )
        marks: dict[tuple[int, int], str] = {}
        for area in self.areas:
            marks.update(merged_marks(area, first_line, len(lines), width))
        hidden = sum(1 for line in self.hidden if line in lines)
        return Content(marked(cells, marks, first_line), hidden)


def _padded(row: list[str | None], width: int) -> list[str | None]:
    return [*row[:width], *[None] * (width - len(row))]


def opendocument_sheets(path: Path) -> Sequence[Sheet]:
    """Return the worksheets of an .ods workbook."""
    with ZipFile(path) as archive:
        if archive.getinfo("content.xml").file_size > MAX_CONTENT_BYTES:
            raise SourceError(f"{path} is larger than 1 GiB when unpacked: send it as CSV")
        with archive.open("content.xml") as file:
            root = ElementTree.parse(file).getroot()
    hidden_styles = {
        style.get(_key(style, "name"))
        for style in root.iter()
        if style.tag.endswith("}style")
        for properties in style.iterfind("{*}table-properties")
        if any(k.endswith("}display") and v == "false" for k, v in properties.items())
    }
    tables = [element for element in root.iter() if element.tag.endswith("}table")]
    return [_sheet(table, hidden_styles) for table in tables]


def _key(element: Element, name: str) -> str:
    """Return the full name of an attribute."""
    return next((key for key in element.keys() if key.endswith("}" + name)), name)  # noqa: SIM118 - no mapping


def _get(element: Element, name: str, default: str = "") -> str:
    return element.get(_key(element, name), default)


def _sheet(table: Element, hidden_styles: set[str | None]) -> _OpenDocumentSheet:
    is_visible = _get(table, "style-name") not in hidden_styles
    sheet = _OpenDocumentSheet(_get(table, "name"), is_visible)
    line = 1
    for row in table.iter():
        if not row.tag.endswith("}table-row"):
            continue
        count = int(_get(row, "number-rows-repeated", "1"))
        cells = list(itertools.islice(_row(row, line, sheet), MAX_COLUMNS))
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            for number in range(line, min(line + count, MAX_LINES + 1)):
                sheet.rows[number] = cells
                if _get(row, "visibility") in ("collapse", "filter"):
                    sheet.hidden.append(number)
        line += count
    return sheet


def _row(row: Element, line: int, sheet: _OpenDocumentSheet) -> Iterator[str | None]:
    number = 1
    for cell in row:
        if not cell.tag.endswith(("}table-cell", "}covered-table-cell")):
            continue
        count = int(_get(cell, "number-columns-repeated", "1"))
        down = int(_get(cell, "number-rows-spanned", "1"))
        right = int(_get(cell, "number-columns-spanned", "1"))
        if (down, right) != (1, 1) and down < MAX_LINES and right < MAX_COLUMNS:
            sheet.areas.append((line, number, line + down - 1, number + right - 1))
        text = _text(cell, f"{column_name(number)}{line}")
        yield from itertools.repeat(text, min(count, MAX_COLUMNS))
        number += count


def _text(cell: Element, address: str) -> str | None:
    """Return the text of a cell, null if it is empty."""
    paragraphs = ["".join(p.itertext()) for p in cell if p.tag.endswith("}p")]
    shown = "\n".join(paragraphs)
    kinds = {value for key, value in cell.items() if key.endswith("}value-type")}
    if "error" in kinds or shown.startswith(("Err:", "#N/A", "#REF!", "#VALUE!", "#DIV/0!")):
        return (
            f"{UNREADABLE}cell {address} holds the error {shown_error(shown)}: correct its formula"
        )
    if not kinds and _get(cell, "formula"):
        return f"{UNREADABLE}cell {address} holds a formula without a stored value: save it again"
    if kinds & {"date", "boolean"}:
        return _get(cell, "date-value").replace("T", " ") or _get(cell, "boolean-value") or None
    if kinds & {"float", "currency", "percentage"}:
        return _number(_get(cell, "value"), address, "percentage" in kinds)
    return shown or None


def _number(value: str, address: str, is_percentage: bool) -> str:
    try:
        number = Decimal(format(float(value), ".15g"))
    except (ValueError, InvalidOperation):
        return f"{UNREADABLE}cell {address} holds a number that cannot be read"
    if not abs(number) < Decimal(10) ** 15:
        return f"{UNREADABLE}cell {address} holds {LONG_NUMBER}"
    shown = number * 100 if is_percentage else number
    return f"{shown.normalize():f}" + ("%" if is_percentage else "")
