"""Inspection of single messages: why one cannot be read, or what its row lacks.

Only messages are inspected whose row may contain less than the message; see
`livelihood.load.decode`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from livelihood.contracts import Column

_JSON = msgspec.json.Decoder()
_NAME = re.compile(r"[A-Za-z_]{1,60}")
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){2}")
_TOO_DEEP = "broken_json: message: it is nested too deeply"


def read_document(value: bytes) -> dict[str, Any] | str:
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


def inspect_message(
    line: bytes, is_null: Mapping[str, bool], columns: Mapping[str, Column], version: str
) -> str | None:
    """Return why a message is rejected, or None if its row is complete."""
    document = read_document(line)
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
