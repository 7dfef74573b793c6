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
from livelihood.contracts.validation import broken_rows, validate
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


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_message_nested_too_deeply_is_broken_and_its_neighbours_are_read(depth: int) -> None:
    inside = GOOD[:-1] + b',"a":' + nested(depth) + b"}"
    for value in (nested(depth), inside, b"[" * depth):
        _, reasons = decode([GOOD, value, GOOD], EMPLOYMENT)
        assert reasons == [None, "broken_json: message: it is nested too deeply", None]


@pytest.mark.parametrize(
    "date", ["-0001-11-30", "0000-01-01", "10000-01-01", "+12022-01-01", "-262143-01-01"]
)
@pytest.mark.parametrize("encode", [loose, lambda **c: message("employment", **c)])
def test_a_year_outside_1_to_9999_is_not_a_date(date: str, encode: Callable[..., bytes]) -> None:
    for changes in ({"effective_date": date}, {"recorded_at": f"{date}T00:00:00Z"}):
        _, reasons = decode([GOOD, encode(**changes), GOOD], EMPLOYMENT)
        [column] = changes
        assert str(reasons[1]).startswith(f"wrong_type: {column}"), reasons
        assert (reasons[0], reasons[2]) == (None, None)


def test_a_time_whose_offset_leads_out_of_the_years_is_not_a_time() -> None:
    for time in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        _, reasons = decode([loose(recorded_at=time)], EMPLOYMENT)
        assert str(reasons[0]).startswith("wrong_type: recorded_at")


REVISION = b'"revision":1'


@pytest.mark.parametrize(
    "value",
    [
        GOOD[:-1] + b',"revision":2}',
        GOOD.replace(REVISION, REVISION + b',"revision":1'),
        loose()[:-1] + b', "revision": 2}',
        loose()[:-1] + b', "\\u0072evision": 2}',
        GOOD[:-1] + b',"revision":null}',
        GOOD[:-1] + b',"skill_level":"' + b"\\u003a" + b'","revision":2}',
    ],
)
def test_a_key_that_occurs_twice_is_rejected(value: bytes) -> None:
    _, reasons = decode([GOOD, value, GOOD], EMPLOYMENT)
    assert str(reasons[1]).startswith("duplicate_key: message: more than one value of")
    assert (reasons[0], reasons[2]) == (None, None)


@pytest.mark.parametrize(
    ("number", "hidden"),
    [
        (b"1e18", b',"revision":2    '),
        (b"1e18", b',"x":1           '),
        (b"1e30", b""),
        (b"[1,2,3,4,5,6,7,8,9,10,11,12,13]", b""),
        (b"123456789012345678901234567890", b""),
        (b"true", b"  "),
    ],
)
@pytest.mark.parametrize("column", ["source_system", "record_id", "person_token", "township_code"])
def test_a_number_in_place_of_text_hides_nothing(column: str, number: bytes, hidden: bytes) -> None:
    """Such a number is longer as text than in the message, so something else would fit in."""
    text = b'"%s":"%s"' % (column.encode(), str(row("employment")[column]).encode())
    assert text in GOOD
    value = GOOD.replace(text, b'"%s":%s' % (column.encode(), number))[:-1] + hidden + b"}"
    values = [value[:-1] + b" " * blanks + b"}" for blanks in range(40)]
    frame, reasons = decode(values, EMPLOYMENT)
    broken = broken_rows(frame, EMPLOYMENT, {})
    assert [n for n, reason in enumerate(reasons) if reason is None and n not in broken] == []


VALUES = st.one_of(
    st.sampled_from(["1", "-0", "1e3", "1e18", "1.0", "true", "null", "[1]", '{"a":1}', '"1"']),
    st.sampled_from(['"\\u0031"', '"\\u003a"', '"true"', "12345678901234567890123", '"\\ud800"']),
    st.integers().map(str),
    st.text(max_size=4).map(json.dumps),
)


@settings(max_examples=50)
@given(st.data())
def test_what_is_read_is_all_that_the_message_contains(data: st.DataObject) -> None:
    """Change and add members, and fill up with blanks: a row is the whole message or rejected."""
    members = [f'"{name}":{json.dumps(item)}' for name, item in row("employment").items()]
    names = st.sampled_from([column.name for column in EMPLOYMENT.columns])
    for name, text in data.draw(st.lists(st.tuples(names, VALUES), max_size=4)):
        at = data.draw(st.integers(0, len(members)))
        members[at : at + data.draw(st.integers(0, 1))] = [f'"{name}":{text}']
    text = "{" + ",".join(members)
    values = [f"{text}{' ' * blanks}}}".encode() for blanks in range(18)]
    frame, reasons = decode(values, EMPLOYMENT)
    broken = broken_rows(frame, EMPLOYMENT, {})
    for index, (value, decoded) in enumerate(zip(values, frame.iter_rows(named=True), strict=True)):
        if reasons[index] is None and index not in broken:
            pairs = json.loads(value, object_pairs_hook=list)
            assert len(dict(pairs)) == len(pairs)
            sent = {name: item for name, item in pairs if item is not None}
            assert {n: type(v) for n, v in sent.items() if isinstance(v, int)} == {
                n: type(v) for n, v in decoded.items() if isinstance(v, int)
            }
            assert sent.keys() == {n for n, v in decoded.items() if v is not None}
