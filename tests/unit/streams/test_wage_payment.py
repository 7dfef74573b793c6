"""Contract rules of wage payments, at and just over their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streams.row_reasons import row_reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_paid_fen": -1}, "below_minimum: amount_paid_fen"),
        ({"amount_paid_fen": 0}, None),
        ({"paid_date": "1952-02-15"}, "paid_near_due: row"),
        ({"paid_date": "2017-02-15"}, None),
        ({"paid_date": "2017-02-14"}, "paid_near_due: row"),
        ({"wage_month": "2022-01-02"}, "month_is_month_start: row"),
        ({"project_code": "P1", "project_kind": None}, "project_complete: row"),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("wage_payment", **changes) == ([reason] if reason else [])
