"""Contract rules of social insurance, at and just over their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streams.row_reasons import row_reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contribution_paid_fen": None}, "contribution_has_amounts: row"),
        ({"period_months": 13}, "above_maximum: period_months"),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("social_insurance", **changes) == ([reason] if reason else [])
