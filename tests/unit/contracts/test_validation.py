"""The checks of contracts; rules of single streams are tested in tests/unit/streams."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from livelihood.contracts import load_contract, load_contracts
from livelihood.contracts.validation import REASONS, validate
from livelihood.load.decode import decode
from testkit.message_factory import message, token
from tests.unit.streams.row_reasons import REFERENCES, row_reasons


@pytest.mark.parametrize("stream", [*load_contracts()])
def test_a_good_row_has_no_reason(stream: str) -> None:
    assert row_reasons(stream) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": None}, "missing: status"),
        ({"status": "retired"}, "invalid_value: status"),
        ({"contract_version": "9.0.0"}, "unknown_version: contract_version"),
        ({"township_code": "999999999"}, "unknown_reference: township_code"),
        ({"person_token": "invalid-" + token("x")}, "check_digit: person_token"),
        ({"person_token": "110101199003070000"}, "malformed: person_token"),
        ({"record_id": "x" * 65}, "too_long: record_id"),
        ({"record_id": "522327198501019098"}, "record_id_is_no_identifier: row"),
        ({"record_id": "5223271985010190981"}, None),
        ({"birth_year": 1899}, "below_minimum: birth_year"),
        ({"birth_year": 1900}, None),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("employment", **changes) == ([reason] if reason else [])


@pytest.mark.parametrize("stream", [*load_contracts()])
def test_no_time_of_a_row_is_in_the_future(stream: str) -> None:
    contract = load_contract(stream)
    times = [c.name for c in contract.columns if c.logical_type == "timestamp"]
    latest = dt.datetime(2022, 6, 1, tzinfo=dt.UTC)
    late: dict[str, Any] = dict.fromkeys(times, "2022-06-01T00:00:01Z")
    frame, _ = decode([message(stream, **late)], contract)
    reasons = validate(frame, contract, REFERENCES, latest)[REASONS][0].to_list()
    assert [reason.split(":")[0] for reason in reasons] == [f"future_{name}" for name in times]
    on_time = validate(frame, contract, REFERENCES, latest + dt.timedelta(seconds=1))
    assert on_time[REASONS][0].is_empty()


def test_every_reason_of_a_row_is_given() -> None:
    reasons = row_reasons(
        "employment", status="retired", birth_year=1800, township_code="999999999"
    )
    assert len(reasons) == 3


def test_reasons_never_repeat_a_malformed_token() -> None:
    frame, _ = decode(
        [message("employment", person_token="110101199003070000")], load_contract("employment")
    )
    reasons = validate(frame, load_contract("employment"), REFERENCES)[REASONS][0]
    assert not any("110101199003070000" in reason for reason in reasons)
