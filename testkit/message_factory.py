"""Valid messages of any stream, generated from its contract."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from livelihood.contracts import Column, Contract, load_contract

TOWNSHIP = "522327001"
# An invented person.
NAME, IDENTITY = "张三丰", "522327199412259002"

# Values that hold in every stream; other values come from the contract's examples.
_COMMON_VALUES: dict[str, Any] = {
    "township_code": TOWNSHIP,
    "recorded_at": "2022-03-01T08:00:00Z",
}
# Optional columns that a row rule combines with others, or that depend on a token key.
_ABSENT_COLUMNS = {
    "end_date",
    "token_key_fingerprint",
    "graduation_year",
    "project_code",
    "voucher_code",
    "closed_date",
    "repaid_date",
}


def token(text: str) -> str:
    """Return a token of the same form as the producers' tokens."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def row(stream: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a row that meets the contract. Each `number` is another entity and record."""
    contract = load_contract(stream)
    values = {column.name: _value(contract, column, number) for column in contract.columns}
    values |= changes
    return {name: value for name, value in values.items() if value is not None}


def message(stream: str, number: int = 1, **changes: Any) -> bytes:
    """Return the row encoded as a message."""
    return msgspec.json.encode(row(stream, number, **changes))


def _value(contract: Contract, column: Column, number: int) -> Any:
    if column.name in _ABSENT_COLUMNS:
        return None
    if column.name in _COMMON_VALUES:
        return _COMMON_VALUES[column.name]
    if column.examples:
        return column.examples[0]
    if column.name == "record_id":
        return f"test-{contract.name}-{number}"
    if column.name.endswith("_token"):
        return token(f"{column.name}-{number}")
    if column.valid_values:
        return column.valid_values[0]
    if column.name == "source_system":
        return "test"
    if column.logical_type == "boolean":
        return False
    if column.logical_type == "date":
        return "2022-01-01"
    if column.logical_type == "timestamp":
        return "2022-03-01T08:00:00Z"
    if column.name.endswith("_fen"):
        return 100_000
    return 1
