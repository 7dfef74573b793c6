"""Splitting by bytes: no part is longer than the limit, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.alerts.digest import Notification, batch_messages
from livelihood.alerts.splitting import Part, split
from tests.unit.alerts.test_digest import message

LINES = st.lists(st.text('拖欠工资ab 1"\\👍', max_size=1_500), min_size=1, max_size=30)


def size(part: Part) -> int:
    return len(f"{part.title}\n{part.body}".encode())


def content(part: Part) -> str:
    """Return the body of a part without its reference."""
    return part.body.rsplit("\n", 1)[0]


@given(title=st.text("民生监测预警x", min_size=1, max_size=600), lines=LINES)
@pytest.mark.parametrize("limit", [500, 2_048, 9_500])
def test_no_part_is_too_long_and_nothing_is_lost(limit: int, title: str, lines: list[str]) -> None:
    parts = split(Notification(title, tuple(lines), "livelihood-message: 1-40", (1,)), limit)
    assert max(map(size, parts)) <= limit
    assert all("livelihood-message: 1-40" in part.body for part in parts)
    joined = "".join(content(part) for part in parts).replace("\n", "")
    assert joined.endswith("".join(lines))


def test_a_short_notification_is_not_changed() -> None:
    notification = Notification("标题", ("一", "二"), "livelihood-message: 1", (1,))
    assert split(notification, 2_048) == [Part("标题", "一\n二\nlivelihood-message: 1")]
    assert len(split(notification, None)) == 1


def test_a_digest_is_split_between_its_lines() -> None:
    [digest] = batch_messages([message(n, title="【黄色预警】" + "长" * 60) for n in range(102)])
    parts = split(digest, 2_048)
    assert len(parts) > 2
    lines = [line for part in parts for line in content(part).splitlines()]
    assert lines == list(digest.lines)
    numbers = [re.findall(r"（(\d+)/(\d+)）$", part.title)[0] for part in parts]
    assert numbers == [(str(n), str(len(parts))) for n in range(1, len(parts) + 1)]
