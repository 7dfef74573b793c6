"""Contract rules of training, at and just over their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streams.row_reasons import row_reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ended_date": "2021-12-31"}, "ended_after_start: row"),
        ({"ended_date": None}, None),
        ({"certificate_level": "junior", "certificate_date": None}, "certificate_complete: row"),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("training", **changes) == ([reason] if reason else [])
