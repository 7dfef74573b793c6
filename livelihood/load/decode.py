"""Decoding of messages into a typed frame, column-wise, with a reason for each unreadable one.

The batch is parsed in one call. A value of the wrong type becomes null, an unknown key is ignored
and of a repeated key the first value counts, so a row may contain less than its message. Written as
compact JSON, no value of a row is longer than in its message, so a row is equally long only if
nothing is missing: only messages whose length differs, be it by a blank or an unknown key, are
inspected one by one.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl

from livelihood.contracts import Column, Contract
from livelihood.contracts.validation import message_schema

MAX_MESSAGE_BYTES = 1_048_576

_JSON = msgspec.json.Decoder()
_SYNTAX = msgspec.json.Decoder(msgspec.Raw)
_EMPTY_OBJECT = b"{}"
_NAME = re.compile(r"[A-Za-z_]{1,60}")
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){2}")
# The years that Python, PostgreSQL and Polars have in common.
_FIRST_TIME = dt.datetime.min.replace(tzinfo=dt.UTC)
_LAST_TIME = dt.datetime.max.replace(tzinfo=dt.UTC)
_TOO_DEEP = "broken_json: message: it is nested too deeply"


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
        reasons[index] = _inspect(lines[index], is_null, columns, contract.version)
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
    if not _is_json_object(line) and isinstance(reason := _document(line), str):
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


def _document(value: bytes) -> dict[str, Any] | str:
    """Return the JSON object in the bytes, or the reason why they are none."""
    if not value or value.isspace():
        return "empty: message: it has no bytes"
    try:
        document = _JSON.decode(value)
    except UnicodeDecodeError as error:
        return f"wrong_encoding: message: not UTF-8 at byte {error.start}; send UTF-8"
    except RecursionError:
        return _TOO_DEEP
    except msgspec.DecodeError as error:
        try:
            value.decode("utf-8")
        except UnicodeDecodeError as encoding:
            return f"wrong_encoding: message: not UTF-8 at byte {encoding.start}; send UTF-8"
        return f"broken_json: message: {error}"
    return document if isinstance(document, dict) else "not_an_object: message: not a JSON object"


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


def _inspect(
    line: bytes, is_null: Mapping[str, bool], columns: Mapping[str, Column], version: str
) -> str | None:
    """Return why a message is rejected, or None if its row is complete."""
    document = _document(line)
    if isinstance(document, str):
        return document
    try:
        repeated = _repeated_keys(line, document)
    except RecursionError:
        return _TOO_DEEP
    if repeated:
        return f"duplicate_key: message: more than one value of {_shown(repeated)}"
    if unknown := document.keys() - columns.keys():
        version_sent = document.get("contract_version")
        versions = columns["contract_version"].valid_values
        if isinstance(version_sent, str) and versions and version_sent not in versions:
            # A newer producer: its records are replayed after the upgrade.
            shown = version_sent if _VERSION.fullmatch(version_sent) else "(no version)"
            return f"unknown_version: contract_version: {shown} is not one of {', '.join(versions)}"
        return f"unknown_field: message: {_shown(unknown)}; contract {version} has no such column"
    for name, value in document.items():
        if value is not None and not _TYPE_CHECKS[columns[name].logical_type](value, columns[name]):
            kind = columns[name].logical_type
            return f"wrong_type: {name}: {type(value).__name__} is not a valid {kind}"
        if isinstance(value, str) and "\x00" in value:
            return f"wrong_encoding: {name}: it contains a NUL character; remove it"
        if value is not None and is_null[name]:
            return f"wrong_type: {name}: not written as {columns[name].logical_type} (ISO 8601)"
    return None


def _shown(names: Iterable[str]) -> str:
    # A name that cannot be a column's may be a personal value in the wrong place.
    return ", ".join(sorted({n if _NAME.fullmatch(n) else "(no name)" for n in names})[:10])


def _repeated_keys(line: bytes, document: Mapping[str, Any]) -> set[str]:
    """Return the keys that an object of the message has more than once.

    Raises RecursionError if it is nested too deeply.
    """
    # Each key is followed by a colon, so without escapes a count finds any that was dropped.
    texts = [*document, *(value for value in document.values() if isinstance(value, str))]
    if b"\\" not in line and line.count(b":") == len(document) + "".join(texts).count(":"):
        return set()
    repeated: set[str] = set()

    def add_repeated(pairs: list[tuple[str, Any]]) -> None:
        counts = Counter(name for name, _ in pairs)
        repeated.update(name for name, count in counts.items() if count > 1)

    # Numbers as text, because Python refuses to convert long ones.
    json.loads(line, object_pairs_hook=add_repeated, parse_int=str, parse_float=str)
    return repeated


def _is_integer(value: object, column: Column) -> bool:
    bits = 63 if column.physical_type == "bigint" else 31
    return type(value) is int and -(1 << bits) <= value < 1 << bits


def _is_date(value: object, column: Column) -> bool:
    return isinstance(value, str) and _converts(dt.date.fromisoformat, value)


def _is_timestamp(value: object, column: Column) -> bool:
    return isinstance(value, str) and _converts(dt.datetime.fromisoformat, value)


def _converts(convert: Callable[[str], object], value: str) -> bool:
    try:
        convert(value)
    except ValueError:
        return False
    return True


_TYPE_CHECKS: dict[str, Callable[[object, Column], bool]] = {
    "string": lambda value, _: isinstance(value, str),
    "boolean": lambda value, _: isinstance(value, bool),
    "integer": _is_integer,
    "date": _is_date,
    "timestamp": _is_timestamp,
}
