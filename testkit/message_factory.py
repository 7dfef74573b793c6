"""Valid messages of any stream, generated from its contract."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from livelihood.contracts import Column, Contract, load_contract

TOWNSHIP = "522327001"
# An invented person.
NAME, IDENTITY = "张三丰", "522327199412259002"

# Values with which a row meets the contract's row rules.
_FIXED_VALUES: dict[str, Any] = {
    "township_code": TOWNSHIP,
    "recorded_at": "2022-03-01T08:00:00Z",
    "period_months": 1,
    "birth_year": 1980,
    "is_graduate": False,
    "end_date": None,
    "graduation_year": None,
    "project_code": None,
    "paid_date": "2022-02-10",
    "due_date": "2022-02-15",
    "effective_date": "2022-01-10",
    "quarter_month": "2022-03-01",
    "programme_code": "P-1",
    "voucher_code": None,
    "closed_date": None,
    "loan_code": "L-1",
    "bank_code": "B-1",
    "repayment_due_date": "2024-01-01",
    "repaid_date": None,
    "repaid_fen": 0,
    "figure_code": "employed_persons",
    "region_code": TOWNSHIP,
    "population": "all",
    "unit": "persons",
    "office": "县人社局",
    "evidence_reference": "ledger-1",
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
    if column.name in _FIXED_VALUES:
        return _FIXED_VALUES[column.name]
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
