"""Reasons for which a row of a stream is rejected."""

from __future__ import annotations

from typing import Any

import polars as pl

from livelihood.contracts import load_contract
from livelihood.contracts.validation import REASONS, validate
from livelihood.load.decode import decode
from testkit.message_factory import TOWNSHIP, message

REFERENCES = {
    "regions.region_code": pl.Series([TOWNSHIP]),
    "regions.any_region_code": pl.Series([TOWNSHIP, "522327"]),
}


def row_reasons(stream: str, **changes: Any) -> list[str]:
    """Return codes and columns of the reasons of a valid row with these changes."""
    frame, unreadable = decode([message(stream, **changes)], load_contract(stream))
    assert unreadable == [None]
    checked = validate(frame, load_contract(stream), REFERENCES)
    return [": ".join(reason.split(": ")[:2]) for reason in checked[REASONS][0]]
