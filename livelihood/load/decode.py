"""From message bytes to a typed frame, column-wise; a message that cannot be read gets a reason.

The batch is parsed as a whole. polars never coerces a number, boolean or date silently: a value of
the wrong type becomes null. So a message whose count of keys and of quotation marks agrees with
its parsed row was read completely; every other one is looked at singly, and only those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import polars as pl

from livelihood.contracts import Column, Contract
from livelihood.contracts.frame import message_schema

LARGEST_MESSAGE_BYTES = 1_048_576

_JSON = msgspec.json.Decoder()
_EMPTY_OBJECT = b"{}"


def decode(
    values: Sequence[bytes | None], contract: Contract
) -> tuple[pl.DataFrame, list[str | None]]:
    """One typed row per message, and per message the reason why it could not be read, or None.

    A row whose message could not be read is null throughout. No message raises.
    """
    reasons: list[str | None] = [None] * len(values)
    lines = [_line(value, index, reasons) for index, value in enumerate(values)]
    schema = message_schema(contract)
    frame = _parse(lines, schema, reasons)
    for index in _suspicious(lines, frame, contract, reasons):
        reasons[index] = _inspect(lines[index], frame.row(index, named=True), contract)
    return frame, reasons


def _line(value: bytes | None, index: int, reasons: list[str | None]) -> bytes:
    """The message as one line of the batch; the usual message passes three cheap tests."""
    if value is None:
        reasons[index] = "tombstone: message: it has no value; withdraw a record by operation"
    elif not value or value.isspace():
        reasons[index] = "empty: message: it holds no bytes"
    elif len(value) > LARGEST_MESSAGE_BYTES:
        reasons[index] = f"too_large: message: {len(value)} bytes; at most {LARGEST_MESSAGE_BYTES}"
    elif b"\n" in value or b"\r" in value:
        return _on_one_line(value, index, reasons)
    else:
        return value
    return _EMPTY_OBJECT


def _on_one_line(value: bytes, index: int, reasons: list[str | None]) -> bytes:
    reasons[index] = _unreadable(value)
    return _EMPTY_OBJECT if reasons[index] else msgspec.json.format(value, indent=-1)


def _unreadable(value: bytes) -> str | None:
    """Why the bytes are not one JSON object, or None."""
    try:
        document = _JSON.decode(value)
    except UnicodeDecodeError as error:
        return f"wrong_encoding: message: not UTF-8 at byte {error.start}; send UTF-8"
    except (msgspec.DecodeError, RecursionError) as error:
        try:
            value.decode("utf-8")
        except UnicodeDecodeError as encoding:
            return f"wrong_encoding: message: not UTF-8 at byte {encoding.start}; send UTF-8"
        return f"broken_json: message: {error}"
    return None if isinstance(document, dict) else "not_an_object: message: not a JSON object"


def _parse(lines: list[bytes], schema: pl.Schema, reasons: list[str | None]) -> pl.DataFrame:
    if not lines:
        return pl.DataFrame(schema=schema)
    try:
        return _read(lines, schema)
    except pl.exceptions.ComputeError:
        # One unreadable line fails the batch: take out all that a strict decoder refuses.
        for index, line in enumerate(lines):
            if reasons[index] is None and (reason := _unreadable(line)):
                reasons[index] = reason
                lines[index] = _EMPTY_OBJECT
    return _parse_halves(lines, 0, schema, reasons)


def _parse_halves(
    lines: list[bytes], first: int, schema: pl.Schema, reasons: list[str | None]
) -> pl.DataFrame:
    """Parse what the strict decoder let through; where the two disagree, halve to find the line."""
    try:
        return _read(lines, schema)
    except pl.exceptions.ComputeError as error:
        if len(lines) == 1:
            reasons[first] = f"broken_json: message: {error}"
            return _read([_EMPTY_OBJECT], schema)
    middle = len(lines) // 2
    return pl.concat(
        [
            _parse_halves(lines[:middle], first, schema, reasons),
            _parse_halves(lines[middle:], first + middle, schema, reasons),
        ]
    )


def _read(lines: list[bytes], schema: pl.Schema) -> pl.DataFrame:
    frame = pl.read_ndjson(b"\n".join(lines), schema=schema, ignore_errors=True)
    if frame.height != len(lines):
        raise pl.exceptions.ComputeError("a line holds more or less than one document")
    return frame


def _suspicious(
    lines: list[bytes], frame: pl.DataFrame, contract: Contract, reasons: list[str | None]
) -> list[int]:
    """Places of messages that may hold more, or something else, than their row says."""
    if frame.is_empty():
        return []
    text = pl.Series(lines, dtype=pl.Binary).cast(pl.String, strict=False)
    quoted = [column.name for column in contract.columns if _is_quoted(column)]
    keys = pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32))
    strings = pl.sum_horizontal(pl.col(quoted).is_not_null().cast(pl.UInt32))
    counts = frame.select(keys=keys, strings=strings)
    complete = (
        (text.str.count_matches('":', literal=True) == counts["keys"])
        & (text.str.count_matches('"', literal=True) == 2 * (counts["keys"] + counts["strings"]))
        & ~text.str.contains_any(['" ', '"\t', "\\"])
    )
    return [index for index in (~complete.fill_null(False)).arg_true() if reasons[index] is None]


def _is_quoted(column: Column) -> bool:
    return column.logical_type in ("string", "date", "timestamp")


def _inspect(line: bytes, row: dict[str, Any], contract: Contract) -> str | None:
    """The reason of a message that was looked at singly, or None where it was read completely."""
    if reason := _unreadable(line):
        return reason
    document: dict[str, Any] = _JSON.decode(line)
    columns = {column.name: column for column in contract.columns}
    if unknown := [name for name in document if name not in columns]:
        names = ", ".join(sorted(name[:60] for name in unknown)[:10])
        return f"unknown_field: message: {names}; contract {contract.version} has no such column"
    for name, value in document.items():
        if value is not None and not _TYPE_CHECKS[columns[name].logical_type](value, columns[name]):
            kind = columns[name].logical_type
            return f"wrong_type: {name}: {type(value).__name__} is not a valid {kind}"
        if value is not None and row[name] is None:
            return f"wrong_type: {name}: not written as {columns[name].logical_type} (ISO 8601)"
    return None


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
