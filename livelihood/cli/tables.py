"""Lists on the terminal, as CSV or as JSON: one helper for every command that prints rows.

On the terminal the columns depend on the width: the least important are omitted, and a line below
names them. Text is wrapped, never cut. CSV and JSON contain every column and row.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from livelihood.errors import LivelihoodError
from livelihood.escaping import for_spreadsheet, for_terminal
from livelihood.settings import TIME_ZONE
from livelihood.terminal import DataConsole, echo, echo_bytes, echo_json

CsvFile = Annotated[
    str | None, typer.Option("--csv", help="Write all columns to this CSV file; - is stdout.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print all columns as one JSON array.")]

# Minimum width of a text column, and the longest word (a token) that is never broken.
MIN_TEXT_CELLS = 16
MAX_WORD_CELLS = 32
GAP_CELLS = 2

_ASCII_WORD = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Listing:
    """Rows to show; `priority` names columns from the most important, the others follow."""

    names: Sequence[str]
    rows: Sequence[Sequence[object]]
    priority: Sequence[str] = ()


@dataclass(frozen=True)
class Output:
    """Destination of a listing: the terminal, a CSV file (``-`` is stdout), or JSON on stdout."""

    csv: str | None = None
    json: bool = False

    def __post_init__(self) -> None:
        if self.csv and self.json:
            raise LivelihoodError("choose either --csv or --json")

    @property
    def is_terminal(self) -> bool:
        """Whether it is printed as a table."""
        return not (self.csv or self.json)

    def write(self, listing: Listing, if_empty: str = "no rows") -> None:
        """Write the listing; on the terminal, `if_empty` replaces one without rows."""
        if self.json:
            echo_json(to_json(listing))
        elif self.csv:
            _write_csv(listing, self.csv)
        elif not listing.rows:
            echo(if_empty)
        else:
            print_table(listing, DataConsole())


def print_table(listing: Listing, console: Console) -> None:
    """Print as many columns as the console's width allows, and name the omitted ones."""
    columns = [_Column.of(listing, index) for index in range(len(listing.names))]
    shown = _select_columns(columns, listing.priority, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, GAP_CELLS, 0, 0), header_style="bold")
    for column, width in zip(shown, _widths(shown, console.width), strict=True):
        justify: JustifyMethod = "right" if column.is_number else "left"
        table.add_column(Text(column.name), justify=justify, width=width, overflow="fold")
    for number in range(len(listing.rows)):
        table.add_row(*(Text(column.texts[number]) for column in shown))
    console.print(table, highlight=False)
    if omitted := [column.name for column in columns if column not in shown]:
        line = f"not shown ({len(omitted)}; --csv and --json have all): {', '.join(omitted)}"
        console.print(Text(line, style="dim"), overflow="ellipsis", no_wrap=True)


@dataclass(frozen=True)
class _Column:
    name: str
    texts: list[str]
    is_number: bool

    @classmethod
    def of(cls, listing: Listing, index: int) -> _Column:
        values = [row[index] for row in listing.rows]
        numbers = [
            isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            for value in values
            if value is not None
        ]
        is_number = bool(numbers) and all(numbers)
        name = for_terminal(listing.names[index])
        return cls(name, [terminal_text(value) for value in values], is_number)

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value."""
        return not any(self.texts)

    @property
    def full_cells(self) -> int:
        """Cells in which no value is wrapped."""
        lines = (line for text in (self.name, *self.texts) for line in text.splitlines())
        return max([1, *map(cell_len, lines)])

    @property
    def min_cells(self) -> int:
        """Cells below which the column cannot be read: a number, a date or a word stays whole."""
        words = (word for text in self.texts for word in _ASCII_WORD.findall(text))
        longest = max(map(len, words), default=0)
        floor = max(MIN_TEXT_CELLS, min(longest, MAX_WORD_CELLS), cell_len(self.name))
        return self.full_cells if self.is_number else min(self.full_cells, floor)


def _select_columns(
    columns: Sequence[_Column], priority: Sequence[str], width: int
) -> list[_Column]:
    """Return the columns that fit, in their order, without the least important ones.

    Columns without a value are omitted first, and as soon as text must be wrapped.
    """
    ranks = {name: rank for rank, name in enumerate(priority)}
    ranked = sorted(columns, key=lambda c: (c.is_empty, ranks.get(c.name, len(ranks))))
    while len(ranked) > 1 and (
        _total([column.min_cells for column in ranked]) > width
        or (ranked[-1].is_empty and _total([column.full_cells for column in ranked]) > width)
    ):
        ranked.pop()
    return [column for column in columns if column in ranked]


def _widths(columns: Sequence[_Column], width: int) -> list[int]:
    """Return the cells of each column: the minimum, and more where text is wrapped most."""
    cells = [min(column.min_cells, width) for column in columns]
    full = [column.full_cells for column in columns]
    for _ in range(width - _total(cells)):
        wrapped = max(range(len(cells)), key=lambda number: full[number] / cells[number])
        if full[wrapped] <= cells[wrapped]:
            break
        cells[wrapped] += 1
    return cells


def _total(cells: Sequence[int]) -> int:
    return sum(cells) + GAP_CELLS * (len(cells) - 1)


def terminal_text(value: object) -> str:
    """Return a value as people read it; timestamps to the minute in China time."""
    if isinstance(value, dt.datetime):
        local = value.astimezone(TIME_ZONE) if value.tzinfo else value
        return f"{local:%Y-%m-%d %H:%M}"
    return for_terminal(_export_text(value))


def _export_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dt.datetime() | dt.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def to_csv(listing: Listing) -> str:
    """Return the listing as CSV that Excel opens: with a byte order mark, and without formulas."""
    stream = io.StringIO()
    stream.write("\ufeff")
    writer = csv.writer(stream)
    writer.writerow(map(for_spreadsheet, listing.names))
    writer.writerows([_csv_text(value) for value in row] for row in listing.rows)
    return stream.getvalue()


def _csv_text(value: object) -> str:
    text = _export_text(value)
    return text if isinstance(value, int | float | Decimal) else for_spreadsheet(text)


def _write_csv(listing: Listing, file: str) -> None:
    content = to_csv(listing).encode()
    if file == "-":
        echo_bytes(content)
        return
    try:
        Path(file).write_bytes(content)
    except OSError as error:
        raise LivelihoodError(f"{file} cannot be written: {error.strerror}") from error
    echo(f"{len(listing.rows):,} rows: {file}")


def to_json(listing: Listing) -> str:
    """Return the listing as one JSON array of objects, one per line.

    Raises LivelihoodError if two columns have the same name.
    """
    if repeated := {name for name in listing.names if listing.names.count(name) > 1}:
        raise LivelihoodError(f"JSON needs different column names: rename {', '.join(repeated)}")
    lines = [
        json.dumps(dict(zip(listing.names, row, strict=True)), ensure_ascii=False, default=_json)
        for row in listing.rows
    ]
    return "[" + ",\n".join(lines) + "]"


def _json(value: object) -> int | float | str:
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    return _export_text(value)
