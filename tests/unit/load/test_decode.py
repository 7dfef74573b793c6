"""Every message decodes to a row or a reason, and a bad message does not affect others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.contracts import load_contract
from livelihood.contracts.validation import validate
from livelihood.load.decode import MAX_MESSAGE_BYTES, decode
from testkit.message_factory import message, row

EMPLOYMENT = load_contract("employment")
GOOD = message("employment")


def loose(**changes: object) -> bytes:
    """Return the row as other languages write it: with blanks and nulls."""
    return json.dumps(row("employment") | changes).encode()


UNREADABLE = {
    "tombstone": None,
    "empty": b"",
    "broken_json": b"{broken",
    "wrong_encoding": GOOD.replace(b"urban", "农村".encode("gb18030")),
    "not_an_object": b"[1]",
    "too_large": b'{"record_id":"' + b"x" * MAX_MESSAGE_BYTES + b'"}',
}


@pytest.mark.parametrize("code", [*UNREADABLE])
def test_unreadable_message_has_its_reason_and_its_neighbours_are_read(code: str) -> None:
    frame, reasons = decode([GOOD, UNREADABLE[code], GOOD], EMPLOYMENT)
    assert frame["record_id"].to_list() == ["test-employment-1", None, "test-employment-1"]
    assert reasons[0] is None
    assert str(reasons[1]).startswith(code)
    assert reasons[2] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"birth_year": "1980"}, "wrong_type: birth_year"),
        ({"birth_year": 1980.5}, "wrong_type: birth_year"),
        ({"birth_year": 10**12}, "wrong_type: birth_year"),
        ({"township_code": 522327001}, "wrong_type: township_code"),
        ({"is_graduate": "true"}, "wrong_type: is_graduate"),
        ({"is_graduate": 1}, "wrong_type: is_graduate"),
        ({"effective_date": "2022-13-01"}, "wrong_type: effective_date"),
        ({"effective_date": "2022-W01-1"}, "wrong_type: effective_date"),
        ({"recorded_at": "yesterday"}, "wrong_type: recorded_at"),
        ({"skill_level": {"a": 1}}, "wrong_type: skill_level"),
        ({"identity_number": "x"}, "unknown_field: message: identity_number"),
    ],
)
@pytest.mark.parametrize("encode", [loose, lambda **c: message("employment", **c)])
def test_wrong_type_or_unknown_field_is_never_read_silently(
    changes: dict[str, Any], code: str, encode: Callable[..., bytes]
) -> None:
    _, reasons = decode([encode(**changes)], EMPLOYMENT)
    assert str(reasons[0]).startswith(code)


@pytest.mark.parametrize(
    "value",
    [
        loose(end_date=None),
        json.dumps(row("employment"), indent=2).encode(),
        message("employment", record_id='a"b'),
        message("employment", recorded_at="2022-03-01T16:00:00.000+08:00"),
    ],
)
def test_other_spellings_of_the_same_values_are_read(value: bytes) -> None:
    frame, reasons = decode([value], EMPLOYMENT)
    assert reasons == [None]
    assert frame["effective_date"].null_count() == 0


def test_an_empty_batch_is_an_empty_frame() -> None:
    frame, reasons = decode([], EMPLOYMENT)
    assert (frame.height, reasons) == (0, [])


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=80), st.just(GOOD)), max_size=20))
def test_any_bytes_end_in_a_row_or_a_reason(values: list[bytes | None]) -> None:
    frame, reasons = decode(values, EMPLOYMENT)
    checked = validate(frame, EMPLOYMENT, {})
    assert frame.height == len(reasons) == len(values)
    for value, reason, broken in zip(values, reasons, checked["_reasons"].to_list(), strict=True):
        assert (value == GOOD) == (reason is None and broken == [])


@settings(deadline=None)
@given(st.data())
def test_one_changed_byte_is_read_the_same_or_gets_a_reason(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(GOOD) - 1))
    changed = GOOD[:index] + bytes([data.draw(st.integers(0, 255))]) + GOOD[index + 1 :]
    frame, reasons = decode([changed], EMPLOYMENT)
    if reasons[0] is None:
        document = {k: v for k, v in json.loads(changed).items() if v is not None}
        decoded = {k for k, v in frame.row(0, named=True).items() if v is not None}
        assert decoded == set(document)


def test_the_schema_is_the_contracts() -> None:
    frame, _ = decode([GOOD], EMPLOYMENT)
    assert frame.schema["recorded_at"] == pl.Datetime("us", "UTC")
    assert frame.columns == [column.name for column in EMPLOYMENT.columns]
