"""Rows of CSV files in common encodings, with the line on which each begins."""

from __future__ import annotations

import collections
import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO, TypeVar

import polars as pl

from producers.errors import SourceError
from producers.masking import mask
from producers.sources import CHUNK_ROWS, FILE, LINE, PROBLEMS, UNREADABLE
from producers.sources.encoding import DAMAGED, detect_encoding, undecodable
from producers.sources.header import joined_header, unique_header
from producers.sources.options import FileOptions

# A comma is last: it may be part of a name if another character separates.
DELIMITERS = "\t;|,"
# The end of a text file under DOS, which some systems still write.
END_OF_FILE = "\x1a"

T = TypeVar("T")
Row = tuple[int, Sequence[str | None] | None, str | None]


class _Reader(Protocol):
    """Type of `csv.reader`."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


def detect_delimiter(header: str) -> str:
    """Return the most frequent separator in the header line, or a comma."""
    return max(DELIMITERS, key=header.count) if any(map(header.count, DELIMITERS)) else ","


def csv_frames(path: Path, start_row: int, options: FileOptions) -> Iterator[pl.DataFrame]:
    """Yield the rows of a CSV file as text. The whole file is checked before the first row.

    Raises SourceError if the header is missing, a quotation is not closed where it ends or
    contains whole rows, or bytes are not in the file's encoding.
    """
    for _ in _open_rows(path, options, is_check=True):
        pass
    for header, rows in _open_rows(path, options):
        yield from frames_of_rows(itertools.islice(rows, start_row, None), header, path.name)


def _open_rows(
    path: Path, options: FileOptions, *, is_check: bool = False
) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Yield the header and the rows once. For a check, read all rows first."""
    with open_text(path, options.encoding, newline="") as file:
        table = _Table(file, path, options)
        rows = table.rows()
        if is_check and has_quotes(path):
            collections.deque(rows, maxlen=0)
        elif is_check and (options.encoding or file.encoding != "utf-8-sig"):
            # Each line is a row: only decode the bytes, as the detection of UTF-8 has.
            while file.read(1 << 20):
                pass
        yield table.header, rows


def has_quotes(path: Path) -> bool:
    """Return whether a file contains a quotation mark; without, each line is a row."""
    with path.open("rb") as file:
        return any(b'"' in block for block in iter(lambda: file.read(1 << 20), b""))


@contextmanager
def open_text(path: Path, encoding: str | None, newline: str | None = None) -> Iterator[TextIO]:
    """Open a text file in the given or the detected encoding. Raise SourceError if it is not."""
    name, errors = (encoding, "strict") if encoding else detect_encoding(path)
    try:
        with path.open(encoding=name, errors=errors, newline=newline) as file:
            yield file
    except UnicodeError as error:
        raise undecodable(path, name) from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error


class _Table:
    """Header and rows of an open CSV file."""

    def __init__(self, file: TextIO, path: Path, options: FileOptions) -> None:
        self._path = path
        self._is_multiline = options.multiline
        self._is_damaged = file.errors == "surrogateescape"
        self._lines_before = options.header_line - 1
        self._marks = 0
        lines = self._counted(file)
        for _ in range(self._lines_before):
            next(lines, None)
        first = next(lines, "")
        hint = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
        if hint:
            # The first line of Excel that names the separator.
            self._lines_before += 1
            first = next(lines, "")
        named = options.delimiter or (hint[1] if hint else None)
        self._separator = named or detect_delimiter(first)
        self._reader: _Reader = csv.reader(
            itertools.chain([first], lines), delimiter=self._separator, strict=True
        )
        names = [self._names() for _ in range(options.header_rows or 1)]
        self.header = unique_header(joined_header(names) if len(names) > 1 else names[0], path)

    def _counted(self, file: TextIO) -> Iterator[str]:
        """Yield the lines of a file, and count their quotation marks."""
        for line in file:
            self._marks += line.count('"')
            yield line.replace(END_OF_FILE, "") if END_OF_FILE in line else line

    def rows(self) -> Iterator[Row]:
        """Yield rows with the line on which they begin; skip empty lines.

        Raises SourceError with the line that opens a quotation that is not valid.
        """
        width, reader, before = len(self.header), self._reader, self._lines_before
        begins = reader.line_num + 1
        quoted_line = self._marks = 0
        try:
            for fields in reader:
                line, ends, begins = begins + before, reader.line_num, reader.line_num + 1
                if not any(map(str.strip, fields)):
                    continue
                is_quoted = ends + before != line and not self._is_multiline
                contains_rows = is_quoted and self._contains_rows(fields)
                while len(fields) > width and not fields[-1]:
                    fields.pop()
                # A quotation that is open where a row ends leaves the next one incomplete, or with
                # half of a quotation.
                is_incomplete = len(fields) != width or self._marks % 2
                self._marks = 0
                if contains_rows or (is_incomplete and (quoted_line or is_quoted)):
                    raise self._rows_quoted(quoted_line or line)
                quoted_line = line if is_quoted else 0
                yield self._row(fields, line)
        except csv.Error as error:
            raise self._csv_error(begins + before, str(error)) from error

    def _row(self, fields: list[str], line: int) -> Row:
        if len(fields) != len(self.header):
            return line, None, f"fields: row: {len(fields)} fields under {len(self.header)} columns"
        return line, [_decoded(field) for field in fields] if self._is_damaged else fields, None

    def _contains_rows(self, fields: list[str]) -> bool:
        """Return whether a row of several lines has as many separators as two rows.

        Those between its fields and those within count: whichever quotation merged the rows, they
        had as many before.
        """
        within = sum(field.count(self._separator) for field in fields)
        return len(self.header) > 1 and len(fields) - 1 + within >= 2 * (len(self.header) - 1)

    def _rows_quoted(self, line: int) -> SourceError:
        return self._error(
            line,
            "contains whole rows: close it on its line, and write a quotation mark in a name "
            "twice; if the text is right, set `file: {multiline: true}` in the mapping",
        )

    def _names(self) -> list[str]:
        """Return the fields of the next line of the header."""
        try:
            return next(self._reader, [])
        except csv.Error as error:
            line = self._reader.line_num + self._lines_before
            raise self._csv_error(line, str(error)) from error

    def _csv_error(self, line: int, reason: str) -> SourceError:
        if "end of data" in reason:
            return self._error(line, "does not end: close it, or write the mark twice in a name")
        if "expected after" in reason:
            return self._error(line, "ends within a field: write a quotation mark in a name twice")
        return SourceError(f"{self._path}, line {line}, cannot be read as CSV: {reason}")

    def _error(self, line: int, problem: str) -> SourceError:
        return SourceError(f"{self._path}: the quotation that line {line} opens {problem}")


def _decoded(field: str) -> str:
    if not field.isascii() and DAMAGED.search(field):
        return UNREADABLE + "it contains bytes that are not UTF-8: write the text again"
    return field


def chunked(items: Iterator[T]) -> Iterator[list[T]]:
    """Yield lists of at most `CHUNK_ROWS` items."""
    while chunk := list(itertools.islice(items, CHUNK_ROWS)):
        yield chunk


def frames_of_rows(rows: Iterator[Row], header: list[str], name: str) -> Iterator[pl.DataFrame]:
    """Yield frames of text columns and positions. A row with a problem has only nulls."""
    blank: list[str | None] = [None] * len(header)
    for chunk in chunked(rows):
        if header:
            columns = zip(*(fields or blank for _, fields, _ in chunk), strict=True)
            data = dict(zip(header, columns, strict=True))
            texts = pl.DataFrame(data, schema=dict.fromkeys(header, pl.String()))
        else:
            texts = pl.DataFrame(height=len(chunk))
        yield texts.hstack(
            positions([line for line, _, _ in chunk], [p for _, _, p in chunk], name)
        )


def positions(
    lines: Iterable[int | None], problems: Iterable[str | None], name: str
) -> pl.DataFrame:
    """Return the columns `_file`, `_line` and `_problems` of rows."""
    return pl.DataFrame(
        {LINE: list(lines), PROBLEMS: list(problems)},
        schema={LINE: pl.Int64(), PROBLEMS: pl.String()},
    ).select(
        pl.lit(mask(name)).alias(FILE),
        LINE,
        pl.concat_list(PROBLEMS).list.drop_nulls().alias(PROBLEMS),
    )
