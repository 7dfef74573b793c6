"""Messages packed for people: a few one by one, many as one digest under those who answer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from livelihood.alerts.messages import LEVEL_ZH

# More messages than this at once are not read one by one.
MAX_SINGLE_MESSAGES = 5
# Chat services cut long messages; the rest is in the list of alerts.
MAX_DIGEST_LINES = 40
_RANK = {level: rank for rank, level in enumerate(LEVEL_ZH)}


@dataclass(frozen=True)
class Message:
    """A row of the outbox with what the digest sorts by."""

    message_id: int
    alert_id: int
    event: str
    title: str
    body: str
    created_at: dt.datetime
    delivered_to: list[str]
    level: str
    owner: str | None


@dataclass(frozen=True)
class Notification:
    """What is sent in one notification, and the messages it carries."""

    title: str
    body: str
    message_ids: tuple[int, ...]


def batch_messages(messages: list[Message]) -> list[Notification]:
    """Up to five messages each on its own; more are one digest."""
    if len(messages) > MAX_SINGLE_MESSAGES:
        return [_digest(messages)]
    return [_single(message) for message in messages]


def _single(message: Message) -> Notification:
    owner = f"责任单位 owner: {message.owner or '未定 none'}"
    key = f"预警 alert {message.alert_id}; livelihood-message: {message.message_id}"
    lines = [message.body, owner, key]
    return Notification(message.title, "\n".join(filter(None, lines)), (message.message_id,))


def _digest(messages: list[Message]) -> Notification:
    newest = list({message.alert_id: message for message in messages}.values())
    counts = Counter(m.level for m in newest if m.event not in ("cleared", "handled"))
    levels = "、".join(f"{LEVEL_ZH[level]} {counts[level]}" for level in LEVEL_ZH if counts[level])
    over = sum(message.event == "cleared" for message in newest)
    title = (
        f"民生监测预警 {len(newest)} 条（{levels or '无新增'}；解除 {over}）| {len(newest)} alerts"
    )
    # Departments in the order of their worst alert, and the worst alert first in each.
    ordered = sorted(newest, key=_urgency)
    first = {m.owner: place for place, m in reversed(list(enumerate(ordered)))}
    ordered.sort(key=lambda message: (first[message.owner], _urgency(message)))
    lines = _lines(ordered[:MAX_DIGEST_LINES])
    if len(ordered) > MAX_DIGEST_LINES:
        rest = len(ordered) - MAX_DIGEST_LINES
        lines.append(f"……另有 {rest} 条，见 livelihood alerts | and {rest} more")
    message_ids = tuple(message.message_id for message in messages)
    lines.append(f"livelihood-message: {ranges(message_ids)}")
    return Notification(title, "\n".join(lines), message_ids)


def _urgency(message: Message) -> tuple[bool, int, int]:
    return message.event in ("cleared", "handled"), _RANK[message.level], message.alert_id


def _lines(messages: list[Message]) -> list[str]:
    lines: list[str] = []
    for owner, group in groupby(messages, key=lambda message: message.owner):
        lines.append(f"■ {owner or '未定责任单位 no owner'}")
        lines.extend(f"{message.title}（{message.body}）" for message in group)
    return lines


def ranges(numbers: tuple[int, ...]) -> str:
    """Numbers as people write them: `1-3,7` for 1, 2, 3 and 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in runs)
