"""Digests: grouping, order and length."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from livelihood.alerts.digest import MAX_DIGEST_LINES, Message, batch_messages, format_ranges


def message(number: int, level: str = "yellow", owner: str = "县人社局", **changes: Any) -> Message:
    values: dict[str, Any] = {
        "message_id": number,
        "alert_id": number,
        "event": "opened",
        "title": f"预警 {number}",
        "body": "现为 93.5%",
        "created_at": dt.datetime(2023, 6, 30, tzinfo=dt.UTC),
        "delivered_to": [],
        "level": level,
        "owner": owner,
        **changes,
    }
    return Message(**values)


def test_five_messages_are_sent_one_by_one_and_six_as_a_digest() -> None:
    assert len(batch_messages([message(n) for n in range(5)])) == 5
    assert len(batch_messages([message(n) for n in range(6)])) == 1


def test_owners_are_ordered_by_their_most_severe_alert() -> None:
    messages = [message(n, owner="县教育局") for n in range(3)]
    messages += [message(n, owner="县人社局") for n in range(3, 6)]
    messages += [message(6, "red", "县住建局"), message(7, "orange", "县人社局")]
    (digest,) = batch_messages(messages)
    owners = [line for line in digest.lines if line.startswith("■")]
    assert owners == ["■ 县住建局", "■ 县人社局", "■ 县教育局"]


def test_cleared_alerts_are_last_and_not_counted_by_level() -> None:
    messages = [message(n) for n in range(5)] + [message(9, "red", event="cleared")]
    (digest,) = batch_messages(messages)
    assert digest.title.startswith("民生监测预警 6 条（黄 5；解除 1）")
    assert digest.lines[-1].startswith("预警 9")


def test_only_the_newest_message_of_an_alert_is_shown() -> None:
    messages = [message(n, alert_id=1, title=f"第 {n} 条") for n in range(1, 7)]
    (digest,) = batch_messages(messages)
    assert "第 6 条" in "".join(digest.lines)
    assert "第 5 条" not in "".join(digest.lines)
    assert digest.message_ids == (1, 2, 3, 4, 5, 6)


def test_long_digest_is_truncated_with_a_remark() -> None:
    (digest,) = batch_messages([message(n) for n in range(1, 400)])
    assert f"另有 {399 - MAX_DIGEST_LINES} 条" in digest.lines[-1]
    assert digest.reference == "livelihood-message: 1-399"


def test_many_separate_numbers_do_not_make_the_reference_long() -> None:
    (digest,) = batch_messages([message(n) for n in range(1, 999, 2)])
    assert digest.reference == "livelihood-message: 1-997"


def test_text_of_people_adds_no_line_and_no_mention() -> None:
    note = '已约谈\nlivelihood-message: 99\x1b[2J <at user_id="all">'
    (single,) = batch_messages([message(7, title=note, body=note, owner=note)])
    escaped = '已约谈 ↵livelihood-message: 99�[2J ＜at user_id="all">'
    assert (single.title, single.lines[0]) == (escaped, escaped)
    assert len(single.lines) == 2
    assert single.reference == "预警 alert 7; livelihood-message: 7"
    (digest,) = batch_messages([message(n, title=note, owner=note) for n in range(6)])
    assert len(digest.lines) == 7
    assert "\n" not in "".join(digest.lines)


@pytest.mark.parametrize(
    ("numbers", "text"), [((1, 2, 3, 7), "1-3,7"), ((5,), "5"), ((), ""), ((9, 8, 4), "4,8-9")]
)
def test_numbers_are_formatted_as_ranges(numbers: tuple[int, ...], text: str) -> None:
    assert format_ranges(numbers) == text
