"""Faulty messages are rejected with the expected reason."""

from collections import Counter

import pytest

from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.contracts.validation import REASONS, validate
from livelihood.load.decode import decode
from simulator import STREAMS, Simulation
from simulator.faults.messages import MESSAGE_FAULTS


@pytest.mark.parametrize("stream", STREAMS)
def test_each_message_is_rejected_with_the_expected_reason(county: Simulation, stream: str) -> None:
    contract = load_contract(stream)
    messages = county.faulty(stream)
    frame, unreadable = decode([message.value for message in messages], contract)
    checked = validate(frame, contract, references())
    for index, message in enumerate(messages):
        unread = unreadable[index]
        reasons = [unread] if unread else checked[REASONS][index].to_list()
        assert message.reason_code in {reason.split(":")[0] for reason in reasons}, message.fault


def test_the_profile_sets_the_number_of_messages(county: Simulation) -> None:
    counts = Counter(message.fault for message in county.faulty("employment"))
    faults = county.profile.faults
    expected = dict.fromkeys(MESSAGE_FAULTS, faults.messages)
    assert counts == expected | {"oversized": faults.oversized_messages}


def test_an_oversized_message_is_over_two_megabytes_and_a_tombstone_has_no_value(
    county: Simulation,
) -> None:
    values = {message.fault: message.value for message in county.faulty("wage_payment")}
    oversized = values["oversized"]
    assert oversized is not None
    assert len(oversized) > 2_000_000
    assert values["tombstone"] is None
    assert values["empty_message"] == b""
