"""Rows of CSV and NDJSON files in common encodings, with the line on which each begins."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import polars as pl

from producers.errors import SourceError
from producers.sources import CHUNK_ROWS, FILE, LINE, PROBLEMS

# A comma is last: it may be part of a name if another character separates.
DELIMITERS = "\t;|,"
# Read to detect the encoding; the whole file is decoded strictly.
_SAMPLE_BYTES = 1 << 20
_POSITION_SCHEMA = {FILE: pl.String(), LINE: pl.Int64(), PROBLEMS: pl.List(pl.String())}

T = TypeVar("T")
Row = tuple[int, Sequence[str | None] | None, str | None]


class _Reader(Protocol):
    """Type of `csv.reader`."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


def detect_encoding(path: Path) -> str:
    """Return UTF-16 by its mark, UTF-8 if the file begins with valid UTF-8, else GB18030."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        # A full sample may end within a character; a whole file may not.
        decoder.decode(sample, final=len(sample) < _SAMPLE_BYTES)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def detect_delimiter(header: str) -> str:
    """Return the most frequent separator in the header line, or a comma."""
    return max(DELIMITERS, key=header.count) if any(map(header.count, DELIMITERS)) else ","


def csv_frames(
    path: Path, start_row: int, encoding: str | None, delimiter: str | None, header_line: int
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a CSV file as text; `header_line` counts from 1.

    Raises SourceError if the header is missing or a later part has another encoding.
    """
    encoding = encoding or detect_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            lines = itertools.chain(file)
            for _ in range(header_line - 1):
                next(lines, None)
            first = next(lines, "")
            separator = delimiter or detect_delimiter(first)
            reader = csv.reader(itertools.chain([first], lines), delimiter=separator, strict=False)
            header = unique_header(next(reader, []), path)
            rows = itertools.islice(_csv_rows(reader, header, header_line - 1), start_row, None)
            yield from frames_of_rows(rows, header, path.name)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is not {encoding} throughout (byte {error.start} of a block): "
            "save it as UTF-8, or name its encoding in the mapping"
        ) from error
    except csv.Error as error:
        raise SourceError(f"{path} cannot be read as CSV: {error}") from error


def unique_header(names: Iterable[str | None], path: Path | str) -> list[str]:
    """Return stripped column names. Raise SourceError if there are none, or two are equal."""
    header = [(name or "").strip() for name in names]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise SourceError(
            f"{path} has no header line: give its number in the mapping (header_line)"
        )
    named = [name for name in header if name]
    if repeated := sorted({name for name in named if named.count(name) > 1}):
        raise SourceError(f"{path} has several columns named {', '.join(repeated)}: rename them")
    return [name or f"column {number}" for number, name in enumerate(header, start=1)]


def _csv_rows(reader: _Reader, header: list[str], lines_before: int) -> Iterator[Row]:
    """Yield rows with the line on which they begin; skip empty lines."""
    line = reader.line_num + 1
    for fields in reader:
        begins, line = line + lines_before, reader.line_num + 1
        if not any(fields):
            continue
        while len(fields) > len(header) and not fields[-1]:
            fields.pop()
        if len(fields) == len(header):
            yield begins, fields, None
        else:
            yield begins, None, f"fields: row: {len(fields)} fields under {len(header)} columns"


def ndjson_frames(path: Path, start_row: int, encoding: str | None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file with one JSON object per line; nested values as JSON text."""
    try:
        with path.open(encoding=encoding or detect_encoding(path)) as file:
            numbered = ((number, line) for number, line in enumerate(file, 1) if line.strip())
            for chunk in chunked(itertools.islice(numbered, start_row, None)):
                yield _json_frame(chunk, path.name)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not in one encoding throughout: save it as UTF-8") from error


def _json_frame(chunk: list[tuple[int, str]], name: str) -> pl.DataFrame:
    objects = [(number, *_json_object(line)) for number, line in chunk]
    header = list(dict.fromkeys(key for _, fields, _ in objects for key in fields))
    rows: Iterator[Row] = (
        (number, [fields.get(key) for key in header] if problem is None else None, problem)
        for number, fields, problem in objects
    )
    return next(frames_of_rows(rows, header, name))


def _json_object(line: str) -> tuple[dict[str, str | None], str | None]:
    try:
        # Numbers stay text, so that 0.29 does not become a binary fraction.
        document = json.loads(line, parse_float=str, parse_int=str)
    except ValueError as error:
        return {}, f"broken_json: row: {error}"
    if not isinstance(document, dict):
        return {}, "not_an_object: row: not a JSON object"
    return {key: _json_text(value) for key, value in document.items()}, None


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def chunked(items: Iterator[T]) -> Iterator[list[T]]:
    """Yield lists of at most `CHUNK_ROWS` items."""
    while chunk := list(itertools.islice(items, CHUNK_ROWS)):
        yield chunk


def frames_of_rows(rows: Iterator[Row], header: list[str], name: str) -> Iterator[pl.DataFrame]:
    """Yield frames of text columns and positions. A row with a problem has only nulls."""
    blank: list[str | None] = [None] * len(header)
    for chunk in chunked(rows):
        columns = zip(*(fields or blank for _, fields, _ in chunk), strict=True)
        data = dict(zip(header, columns, strict=True)) if header else {}
        texts = pl.DataFrame(data, schema=dict.fromkeys(header, pl.String()))
        yield texts.hstack(
            positions([line for line, _, _ in chunk], [p for _, _, p in chunk], name)
        )


def positions(
    lines: Iterable[int | None], problems: Iterable[str | None], name: str
) -> pl.DataFrame:
    """Return the columns `_file`, `_line` and `_problems` of rows."""
    numbers = list(lines)
    return pl.DataFrame(
        {
            FILE: [name] * len(numbers),
            LINE: numbers,
            PROBLEMS: [[problem] if problem else [] for problem in problems],
        },
        schema=_POSITION_SCHEMA,
    )
