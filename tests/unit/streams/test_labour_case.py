"""Contract rules of labour cases, at and just over their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streams.row_reasons import row_reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"accepted_date": "2021-12-31"}, "dates_in_order: row"),
        ({"closed_date": "2022-01-01"}, "closed_has_outcome: row"),
        ({"closed_date": "2022-01-01", "outcome": "settled"}, None),
        ({"outcome": "settled"}, "closed_has_outcome: row"),
        ({"accepted_date": None, "closed_date": "2022-02-01", "outcome": "rejected"}, None),
        (
            {"accepted_date": None, "closed_date": "2022-02-01", "outcome": "settled"},
            "dates_in_order: row",
        ),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("labour_case", **changes) == ([reason] if reason else [])
