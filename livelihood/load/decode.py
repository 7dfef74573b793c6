"""Decoding of messages into a typed frame, column-wise, with a reason for each unreadable one.

The batch is parsed in one call. A value of the wrong type becomes null, an unknown key is ignored
and of a repeated key the first value counts, so a row may contain less than its message. Written as
compact JSON, no value of a row is longer than in its message, so a row is equally long only if
nothing is missing: only messages whose length differs, be it by a blank or an unknown key, are
inspected one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import polars as pl

from livelihood.contracts import Column, Contract
from livelihood.contracts.validation import message_schema
from livelihood.load.inspection import inspect_message, read_document

MAX_MESSAGE_BYTES = 1_048_576

_JSON = msgspec.json.Decoder()
_SYNTAX = msgspec.json.Decoder(msgspec.Raw)
_EMPTY_OBJECT = b"{}"
# The years that Python, PostgreSQL and Polars have in common.
_FIRST_TIME = dt.datetime.min.replace(tzinfo=dt.UTC)
_LAST_TIME = dt.datetime.max.replace(tzinfo=dt.UTC)


def decode(
    values: Sequence[bytes | None], contract: Contract
) -> tuple[pl.DataFrame, list[str | None]]:
    """Return one typed row per message, and per message the reason if it is unreadable, or None.

    The row of an unreadable message is all null. No message raises an error.
    """
    reasons: list[str | None] = [None] * len(values)
    lines = _lines(values, reasons)
    schema = message_schema(contract)
    raw = _parse(lines, _raw_schema(contract), reasons)
    raw = raw.with_columns(pl.col(pl.Binary).cast(pl.String))
    frame = _typed(raw, schema)
    suspects = _incomplete(lines, raw, contract, reasons) + _unconverted(raw, frame, reasons)
    columns = {column.name: column for column in contract.columns}
    nulls = frame[suspects].select(pl.all().is_null()).iter_rows(named=True)
    for index, is_null in zip(suspects, nulls, strict=True):
        reasons[index] = inspect_message(lines[index], is_null, columns, contract.version)
    return frame, reasons


@lru_cache(maxsize=32)
def _raw_schema(contract: Contract) -> pl.Schema:
    """Return the types that JSON is parsed with.

    Dates and times are text, which parses four times as fast. Free text is bytes: Polars converts a
    number to text but not to bytes, and `1e9` as text is longer than in its message. (An integer of
    more than 64 bits becomes bytes that meet no pattern.)
    """
    return pl.Schema(
        {column.name: _raw_type(column, message_schema(contract)) for column in contract.columns}
    )


def _raw_type(column: Column, schema: pl.Schema) -> pl.DataType:
    if column.logical_type in ("date", "timestamp"):
        return pl.String()
    if column.logical_type == "string" and _may_equal_number(column):
        return pl.Binary()
    return schema[column.name]


def _may_equal_number(column: Column) -> bool:
    """Return whether the contract allows a text that is also a JSON value, such as 1 or true."""
    return not column.valid_values or any(map(_is_json, column.valid_values))


def _is_json(text: str) -> bool:
    try:
        _JSON.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _typed(raw: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Convert dates and times; those of other writings or outside the years 1 to 9999 are null."""
    dates = [name for name, type_ in schema.items() if isinstance(type_, pl.Date)]
    times = [name for name, type_ in schema.items() if isinstance(type_, pl.Datetime)]
    frame = raw.with_columns(
        pl.col(dates).str.to_date("%Y-%m-%d", strict=False),
        pl.col(times).str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC"),
    )
    return frame.with_columns(
        pl.when(pl.col(name).is_between(first, last)).then(pl.col(name)).alias(name)
        for names, first, last in (
            (dates, _FIRST_TIME.date(), _LAST_TIME.date()),
            (times, _FIRST_TIME, _LAST_TIME),
        )
        for name in names
    )


def _unconverted(raw: pl.DataFrame, frame: pl.DataFrame, reasons: list[str | None]) -> list[int]:
    """Return the indexes of rows with a date or timestamp that could not be converted."""
    text = [name for name, type_ in raw.schema.items() if type_ != frame.schema[name]]
    before, after = raw.select(text), frame.select(text)
    if before.null_count().equals(after.null_count()):
        return []
    lost = pl.DataFrame([before[name].is_not_null() & after[name].is_null() for name in text])
    indexes = lost.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    return [index for index in indexes if reasons[index] is None]


def _lines(values: Sequence[bytes | None], reasons: list[str | None]) -> list[bytes]:
    """Return the messages as lines. An absent or too long one is replaced by {} with a reason."""
    lines = [_EMPTY_OBJECT if value is None else value for value in values]
    if max(map(len, lines), default=0) > MAX_MESSAGE_BYTES or None in values:
        for index, value in enumerate(values):
            if value is None:
                reasons[index] = (
                    "tombstone: message: it has no value; withdraw a record by operation"
                )
            elif len(value) > MAX_MESSAGE_BYTES:
                lines[index] = _EMPTY_OBJECT
                reasons[index] = (
                    f"too_large: message: {len(value)} bytes; at most {MAX_MESSAGE_BYTES}"
                )
    return lines


def _to_line(line: bytes, index: int, reasons: list[str | None]) -> bytes:
    """Return the message on one line, or {} with a reason if it cannot be read."""
    if not _is_json_object(line) and isinstance(reason := read_document(line), str):
        reasons[index] = reason
        return _EMPTY_OBJECT
    return msgspec.json.format(line, indent=-1) if b"\n" in line or b"\r" in line else line


def _is_json_object(line: bytes) -> bool:
    """Return whether the line is one JSON object in UTF-8; seven times as fast as decoding it."""
    try:
        line.decode("utf-8")
        _SYNTAX.decode(line)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return False
    return line.lstrip().startswith(b"{")


def _parse(lines: list[bytes], schema: pl.Schema, reasons: list[str | None]) -> pl.DataFrame:
    if not lines:
        return pl.DataFrame(schema=schema)
    try:
        return _read(lines, schema)
    except pl.exceptions.ComputeError:
        # One unreadable line fails the batch: remove all lines that a strict decoder rejects.
        lines[:] = [
            line if reasons[index] else _to_line(line, index, reasons)
            for index, line in enumerate(lines)
        ]
    return _parse_halves(lines, 0, schema, reasons)


def _parse_halves(
    lines: list[bytes], first: int, schema: pl.Schema, reasons: list[str | None]
) -> pl.DataFrame:
    """Parse lines that the strict decoder accepts; where Polars does not, bisect to find them."""
    try:
        return _read(lines, schema)
    except pl.exceptions.ComputeError:
        if len(lines) == 1:
            reasons[first] = "broken_json: message: it cannot be read as a row of the contract"
            return _read([_EMPTY_OBJECT], schema)
    middle = len(lines) // 2
    return pl.concat(
        [
            _parse_halves(lines[:middle], first, schema, reasons),
            _parse_halves(lines[middle:], first + middle, schema, reasons),
        ]
    )


def _read(lines: list[bytes], schema: pl.Schema) -> pl.DataFrame:
    text = b"\n".join(lines)
    if text.count(b"\n") >= len(lines) or b"\r" in text:
        raise pl.exceptions.ComputeError("a message takes more than one line")
    frame = pl.read_ndjson(text, schema=schema, ignore_errors=True)
    if frame.height != len(lines):
        raise pl.exceptions.ComputeError("a line has more or less than one document")
    return frame


def _incomplete(
    lines: list[bytes], frame: pl.DataFrame, contract: Contract, reasons: list[str | None]
) -> list[int]:
    """Return the indexes of messages that may contain more, or other values, than their row."""
    if frame.is_empty():
        return []
    lengths = pl.Series(list(map(len, lines)), dtype=pl.UInt32)
    complete = lengths == _compact_lengths(frame, contract)
    return [index for index in (~complete).arg_true() if reasons[index] is None]


def _compact_lengths(frame: pl.DataFrame, contract: Contract) -> pl.Series:
    """Return the bytes of each row as compact JSON without nulls: braces, keys, values, commas."""
    same_for_all = 1
    sizes: list[pl.Expr] = [pl.lit(0, dtype=pl.UInt32)]
    for column in contract.columns:
        value = pl.col(column.name)
        constant = len(column.name) + 4  # two quotation marks, a colon, a comma or brace
        if column.logical_type == "boolean":
            constant += 4
            size = (~value).cast(pl.UInt32)
        elif column.logical_type == "integer":
            size = value.cast(pl.String).str.len_bytes()
        else:
            constant += 2
            size = value.str.len_bytes()
        if frame[column.name].null_count() == 0:
            same_for_all += constant
            sizes.append(size)
        else:
            sizes.append((size + constant).fill_null(0))
    return frame.select(pl.sum_horizontal(sizes) + same_for_all).to_series()
