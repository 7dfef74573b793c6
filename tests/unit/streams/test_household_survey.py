"""Contract rules of the household survey, at and just over their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streams.row_reasons import row_reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quarter_month": "2022-04-01"}, "quarter_is_last_month: row"),
        ({"quarter_month": "2022-06-02"}, "quarter_is_last_month: row"),
        ({"wage_income_fen": -1}, "below_minimum: wage_income_fen"),
        ({"business_income_fen": -1}, None),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("household_survey", **changes) == ([reason] if reason else [])
