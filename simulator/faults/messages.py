"""Messages that no typed record can express: broken, empty, of another version or too long."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import polars as pl

from livelihood.contracts import Contract, load_contract
from simulator.profiles.profile import FaultProfile
from simulator.records import raw_name

OVERSIZED_BYTES = 2 * 1024 * 1024
OVERSIZED = "oversized"
UNKNOWN_VERSION = "9.0.0"

Document = dict[str, Any]


class FaultyMessage(NamedTuple):
    """Key and value of a message, the name of its fault, and the expected reason code."""

    key: bytes | None
    value: bytes | None
    fault: str
    reason_code: str


def _truncated(document: Document) -> bytes:
    return _encoded(document)[:-20]


def _wrong_encoding(document: Document) -> bytes:
    text = json.dumps(document | {"source_system": "册亨县"}, ensure_ascii=False)
    return text.encode("gb18030")


def _without_region(document: Document) -> bytes:
    region_columns = ("township_code", "region_code")
    return _encoded({name: value for name, value in document.items() if name not in region_columns})


# Reason code that the loader must give, and the change of a good message, by fault.
MESSAGE_FAULTS: dict[str, tuple[str, Callable[[Document], bytes | None]]] = {
    "malformed_json": ("broken_json", _truncated),
    "wrong_type": ("wrong_type", lambda document: _encoded(document | {"revision": "one"})),
    "unknown_field": ("unknown_field", lambda document: _encoded(document | {"remark": "none"})),
    "missing_field": ("missing", _without_region),
    "empty_message": ("empty", lambda _: b""),
    "tombstone": ("tombstone", lambda _: None),
    "wrong_encoding": ("wrong_encoding", _wrong_encoding),
    "unknown_version": (
        "unknown_version",
        lambda document: _encoded(document | {"contract_version": UNKNOWN_VERSION}),
    ),
    OVERSIZED: (
        "too_large",
        lambda document: _encoded(document | {"source_system": "x" * OVERSIZED_BYTES}),
    ),
}


def faulty_messages(stream: str, good: pl.DataFrame, profile: FaultProfile) -> list[FaultyMessage]:
    """Return messages of each fault, in the numbers of the profile, from good raw records."""
    return list(_messages(load_contract(stream), good, profile))


def _messages(
    contract: Contract, good: pl.DataFrame, profile: FaultProfile
) -> Iterator[FaultyMessage]:
    if good.is_empty():
        return
    for index, (fault, (code, change)) in enumerate(MESSAGE_FAULTS.items()):
        count = profile.oversized_messages if fault == OVERSIZED else profile.messages
        for number in range(count):
            row = good.row((index * 997 + number * 31) % good.height, named=True)
            document = _document(contract, row) | {"record_id": f"fault:{fault}:{number}"}
            key = str(document[contract.entity_key]).encode()
            yield FaultyMessage(key, change(document), fault, code)


def _document(contract: Contract, row: dict[str, Any]) -> Document:
    """Return the record as a sender would write it. Its tokens belong to no key."""
    document: Document = {"contract_version": contract.version, "token_key_version": 1}
    for column in contract.columns:
        value = row.get(raw_name(column), document.get(column.name))
        if value is not None and column.token_source:
            value = hashlib.blake2b(str(value).encode(), digest_size=16).hexdigest()
        if value is not None:
            document[column.name] = _plain(value)
    return document


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, dt.date) else value


def _encoded(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
