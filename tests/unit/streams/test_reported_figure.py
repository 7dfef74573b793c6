"""Contract rules of reported figures, at and just over their bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streams.row_reasons import row_reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"region_code": "522327"}, None),
        ({"region_code": "522328"}, "unknown_reference: region_code"),
        ({"office": "张三"}, "malformed: office"),
        ({"evidence_reference": "册人社发〔2022〕15号"}, None),
        ({"evidence_reference": "张三"}, "malformed: evidence_reference"),
        ({"evidence_reference": "522327198501019098"}, "evidence_is_no_identifier: row"),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("reported_figure", **changes) == ([reason] if reason else [])
