"""Judgement of senders: source, stream, region and token key, and what a first use may register."""

from __future__ import annotations

import datetime as dt

import pytest

from livelihood.contracts import load_contract
from livelihood.load.senders import (
    ACCEPTED,
    MAX_FIRST_USES,
    FirstUse,
    Judgement,
    Registry,
    Sender,
    StreamRules,
)
from livelihood.warehouse.ledger.sources import Source, SourceKey

KEY, OTHER = "0123456789abcdef", "fedcba9876543210"
MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WAGES = StreamRules.of(load_contract("wage_payment"))
REPORTS = StreamRules.of(load_contract("reported_figure"))


def key(
    version: int = 1,
    fingerprint: str | None = KEY,
    valid_from: dt.datetime | None = None,
    valid_to: dt.datetime | None = None,
    source: str = "payroll",
) -> SourceKey:
    return SourceKey(source, version, fingerprint, valid_from, valid_to, "test")


def registry(
    *keys: SourceKey,
    name: str = "payroll",
    regions: tuple[str, ...] = (),
    retired_at: dt.datetime | None = None,
) -> dict[str, Source]:
    streams = ["reported_figure", "wage_payment"]
    return {name: Source(name, "", streams, list(regions), MOMENT, "test", retired_at, None, keys)}


def sender(version: int = 1, fingerprint: str | None = KEY, source: str = "payroll") -> Sender:
    return Sender(source, version, fingerprint)


def code(judgement: Judgement) -> str:
    return (judgement.reason or "").split(":")[0]


@pytest.mark.parametrize(
    ("known", "sent", "expected"),
    [
        ({}, sender(), "unknown_source"),
        (registry(key()), sender(), ""),
        (registry(key()), sender(fingerprint=OTHER), "foreign_token_key"),
        (registry(key()), sender(version=2), "foreign_token_key"),
        (registry(key()), sender(fingerprint=None), ""),
        (registry(key()), sender(version=2, fingerprint=None), "foreign_token_key"),
        (registry(key(), key(2, OTHER)), sender(2, OTHER), ""),
        (registry(key(), key(2, OTHER)), sender(2, KEY), "foreign_token_key"),
        (registry(key(), retired_at=MOMENT), sender(), "unknown_source"),
    ],
)
def test_a_sender_is_judged_by_source_version_and_fingerprint(
    known: Registry, sent: Sender, expected: str
) -> None:
    assert code(WAGES.judge(known, sent)) == expected


def test_a_source_sends_its_streams_only() -> None:
    training = StreamRules.of(load_contract("training"))
    judgement = training.judge(registry(key()), sender())
    assert judgement.reason == (
        "foreign_stream: source_system: payroll is not registered for this stream"
    )


def test_the_key_of_a_stream_without_tokens_means_nothing() -> None:
    assert REPORTS.judge(registry(), sender()) == ACCEPTED
    assert REPORTS.judge(registry(key()), sender(9, OTHER)) == ACCEPTED
    assert REPORTS.first_use({}, sender()) == FirstUse(is_new_stream=True, is_first_key=False)


def test_regions_include_those_below_them() -> None:
    judgement = WAGES.judge(registry(key(), regions=("522327",)), sender())
    assert judgement.regions is not None
    assert {"522327", "522327001"} <= set(judgement.regions)
    assert all(region.startswith("522327") for region in judgement.regions)


def test_keys_are_valid_from_the_first_start_to_the_last_end() -> None:
    later = MOMENT + dt.timedelta(days=1)
    bounded = WAGES.judge(registry(key(valid_from=MOMENT, valid_to=later)), sender())
    assert (bounded.valid_from, bounded.valid_to) == (MOMENT, later)
    # Without a fingerprint, both keys of the version count.
    both = registry(key(valid_to=MOMENT), key(1, OTHER, valid_to=later))
    assert WAGES.judge(both, sender(fingerprint=None)).valid_to == later
    assert WAGES.judge(registry(key(valid_to=later), key(1, OTHER)), sender(1, None)) == ACCEPTED


@pytest.mark.parametrize(
    ("known", "sent", "expected"),
    [
        ({}, sender(), FirstUse(True, True)),
        ({}, sender(fingerprint=None), FirstUse(True, True)),
        ({}, sender(source="6222020200012345678"), None),
        # The key of the other sources, by fingerprint or by version, or one of its own.
        (registry(key(), name="other"), sender(), FirstUse(True, True)),
        (registry(key(), name="other"), sender(fingerprint=None), FirstUse(True, True)),
        (registry(key(fingerprint=None), name="other"), sender(), FirstUse(True, True)),
        (registry(key(), name="other"), sender(fingerprint=OTHER), None),
        (registry(key(), name="other"), sender(version=2), None),
        (registry(key(valid_to=MOMENT), name="other"), sender(2, OTHER), FirstUse(True, True)),
        # A registered source: its first key, the fingerprint of its version, another key.
        (registry(), sender(), FirstUse(False, True)),
        (registry(key(fingerprint=None)), sender(), FirstUse(False, True)),
        (registry(key(fingerprint=None)), sender(version=2), None),
        (registry(key()), sender(fingerprint=OTHER), None),
        (registry(key(), retired_at=MOMENT), sender(), None),
    ],
)
def test_a_first_use_registers_no_second_key(
    known: Registry, sent: Sender, expected: FirstUse | None
) -> None:
    assert WAGES.first_use(known, sent) == expected


def test_first_uses_are_limited() -> None:
    full = {f"s{number}": registry()["payroll"] for number in range(MAX_FIRST_USES)}
    assert WAGES.first_use(full, sender(source="one_more")) is None


def test_a_name_that_may_be_an_identifier_is_not_shown() -> None:
    reason = WAGES.judge({}, sender(source="52232719941225900x")).reason
    assert reason == "unknown_source: source_system: (name not shown) is not registered"
