"""Contract rules of employment, at and just over their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streams.row_reasons import row_reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"end_date": "2022-01-09"}, "end_not_before_start: row"),
        ({"end_date": "2022-01-10"}, None),
        ({"post_type": None}, "employed_has_post: row"),
        ({"is_graduate": True, "graduation_year": None}, "graduate_has_year: row"),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("employment", **changes) == ([reason] if reason else [])
