"""Rows of files of JSON objects: one per line, several per line, or an array of them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from producers.errors import SourceError
from producers.masking import mask
from producers.sources import LONG_NUMBER, UNREADABLE
from producers.sources.encoding import DAMAGED
from producers.sources.text import END_OF_FILE, Row, chunked, frames_of_rows, open_text

MAX_DIGITS = 15
# A document in which objects span lines is read as a whole.
MAX_DOCUMENT_CHARACTERS = 200_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_BROKEN = "broken_json: row: "
_BLANK = " \t\r\n\ufeff" + END_OF_FILE
# First line of a file in which objects span lines.
_INDENTED_STARTS = ("[", "{", "[{")

Object = dict[str, str | None]
Item = tuple[int, Object, str | None]


def ndjson_frames(path: Path, start_row: int, encoding: str | None) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file of JSON objects; nested values as JSON text.

    An object that cannot be read is a row with a problem. Raises SourceError if the file is an
    array or consists of objects over several lines, and is not valid as a whole.
    """
    with open_text(path, encoding) as file:
        for _ in iter(lambda: file.read(1 << 20), ""):
            # Find bytes of another encoding before the first row is sent.
            pass
        file.seek(0)
        first = next((text for line in file if (text := line.strip(_BLANK))), "")
        file.seek(0)
        reader = _Reader(is_array=first.startswith("["))
        is_document = first.rstrip() in _INDENTED_STARTS
        items = reader.document(file.read(), path) if is_document else reader.lines(file)
        for chunk in chunked(itertools.islice(items, start_row, None)):
            yield _frame(chunk, path.name)


class _Reader:
    """Decoder of objects that are separated by blanks, or by the signs of an array."""

    def __init__(self, *, is_array: bool) -> None:
        self._between = re.compile(r"[\s,\x1a\ufeff\[\]]*" if is_array else r"[\s\x1a\ufeff]*")
        self._repeated: list[str] = []
        # Numbers stay text, so that 0.29 does not become a binary fraction.
        self._decoder = json.JSONDecoder(
            parse_float=str, parse_int=_integer, object_pairs_hook=self._pairs
        )

    def lines(self, lines: Iterator[str]) -> Iterator[Item]:
        """Yield the objects of each line; the rest of a line that is not valid is one row."""
        for number, line in enumerate(lines, start=1):
            start = self._skip(line, 0)
            while start < len(line):
                item, start = self._object(line, start, number)
                yield item
                start = self._skip(line, start)

    def document(self, text: str, path: Path) -> Iterator[Item]:
        """Yield the objects of a text. Raise SourceError if one is not valid."""
        if len(text) > MAX_DOCUMENT_CHARACTERS:
            raise SourceError(f"{path} is too large for indented JSON: write one object per line")
        start, counted, line = self._skip(text, 0), 0, 1
        items = []
        while start < len(text):
            line += text.count("\n", counted, start)
            counted = start
            item, start = self._object(text, start, line)
            if item[2] is not None and item[2].startswith(_BROKEN):
                reason = item[2].removeprefix(_BROKEN)
                raise SourceError(
                    f"{path}, line {line}: the object that begins there is not valid: {reason}"
                )
            items.append(item)
            start = self._skip(text, start)
        yield from items

    def _skip(self, text: str, start: int) -> int:
        between = self._between.match(text, start)
        return between.end() if between else start

    def _object(self, text: str, start: int, line: int) -> tuple[Item, int]:
        """Return the object that begins there, and where it ends; an error ends the text."""
        self._repeated.clear()
        try:
            document, end = self._decoder.raw_decode(text, start)
        except RecursionError:
            return (line, {}, f"{_BROKEN}values are nested too deeply"), len(text)
        except json.JSONDecodeError as error:
            return (line, {}, f"{_BROKEN}{error.msg} (column {error.colno})"), len(text)
        if not isinstance(document, dict):
            return (line, {}, "not_an_object: row: not a JSON object"), end
        if self._repeated:
            name = mask(_SURROGATE.sub("?", self._repeated[0]))
            return (line, {}, f"repeated_name: row: the name {name} occurs twice"), end
        if any(_SURROGATE.search(name) for name in document):
            return (line, {}, f"{_BROKEN}a name contains half a character"), end
        return (line, {name: _text(value) for name, value in document.items()}, None), end

    def _pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        document = dict(pairs)
        if len(document) != len(pairs):
            names = [name for name, _ in pairs]
            self._repeated.extend(name for name in document if names.count(name) > 1)
        return document


def _text(value: object) -> str | None:
    if value is None:
        return None
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return UNREADABLE + "it is nested too deeply"
    if text.isascii() or not _SURROGATE.search(text):
        return text
    if DAMAGED.search(text):
        return UNREADABLE + "it contains bytes that are not UTF-8: write the text again"
    return UNREADABLE + "it contains half a character (a lone surrogate): write the text again"


def _integer(text: str) -> str:
    """Return the digits: an integer stays text, and a long one was rounded by many programs."""
    return text if len(text.lstrip("-")) <= MAX_DIGITS else UNREADABLE + "it is " + LONG_NUMBER


def _frame(chunk: list[Item], name: str) -> pl.DataFrame:
    header = list(dict.fromkeys(key for _, fields, _ in chunk for key in fields))
    rows: Iterator[Row] = (
        (number, [fields.get(key) for key in header] if problem is None else None, problem)
        for number, fields, problem in chunk
    )
    return next(frames_of_rows(rows, header, name))
