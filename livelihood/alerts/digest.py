"""Batching of messages: a few are sent one by one, many as one digest grouped by owner."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby

from livelihood.alerts.messages import LEVEL_ZH
from livelihood.escaping import for_message

# Up to this number, messages are sent one by one.
MAX_SINGLE_MESSAGES = 5
# Chat services truncate long messages; the remaining alerts are in `livelihood alerts`.
MAX_DIGEST_LINES = 40
# A longer list of message numbers is shortened to the first and the last.
MAX_REFERENCE_CHARACTERS = 200
_RANK = {level: rank for rank, level in enumerate(LEVEL_ZH)}


@dataclass(frozen=True)
class Message:
    """A row of the outbox with the columns that the digest sorts by."""

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
    """One notification to send, and the messages it contains; `reference` is its last line."""

    title: str
    lines: tuple[str, ...]
    reference: str
    message_ids: tuple[int, ...]


def batch_messages(messages: list[Message]) -> list[Notification]:
    """Return one notification per message for up to five messages, otherwise one digest.

    Text from data is escaped: each title, body and owner is one line.
    """
    messages = [_escaped(message) for message in messages]
    if len(messages) > MAX_SINGLE_MESSAGES:
        return [_digest(messages)]
    return [_single(message) for message in messages]


def _escaped(message: Message) -> Message:
    return replace(
        message,
        title=for_message(message.title),
        body=for_message(message.body),
        owner=for_message(message.owner) if message.owner else None,
    )


def _single(message: Message) -> Notification:
    owner = f"责任单位 owner: {message.owner or '未定 none'}"
    reference = f"预警 alert {message.alert_id}; livelihood-message: {message.message_id}"
    lines = (message.body, owner) if message.body else (owner,)
    return Notification(message.title, lines, reference, (message.message_id,))


def _digest(messages: list[Message]) -> Notification:
    newest = list({message.alert_id: message for message in messages}.values())
    counts = Counter(m.level for m in newest if m.event not in ("cleared", "handled"))
    levels = "、".join(f"{LEVEL_ZH[level]} {counts[level]}" for level in LEVEL_ZH if counts[level])
    cleared = sum(message.event == "cleared" for message in newest)
    count = len(newest)
    title = f"民生监测预警 {count} 条（{levels or '无新增'}；解除 {cleared}）| {count} alerts"
    # Owners in the order of their most severe alert, and the most severe alert first in each.
    ordered = sorted(newest, key=_urgency)
    owner_rank = {m.owner: rank for rank, m in reversed(list(enumerate(ordered)))}
    ordered.sort(key=lambda message: (owner_rank[message.owner], _urgency(message)))
    lines = _lines(ordered[:MAX_DIGEST_LINES])
    if len(ordered) > MAX_DIGEST_LINES:
        omitted = len(ordered) - MAX_DIGEST_LINES
        lines.append(f"……另有 {omitted} 条，见 livelihood alerts | and {omitted} more")
    message_ids = tuple(message.message_id for message in messages)
    keys = format_ranges(message_ids)
    if len(keys) > MAX_REFERENCE_CHARACTERS:
        keys = f"{min(message_ids)}-{max(message_ids)}"
    return Notification(title, tuple(lines), f"livelihood-message: {keys}", message_ids)


def _urgency(message: Message) -> tuple[bool, int, int]:
    return message.event in ("cleared", "handled"), _RANK[message.level], message.alert_id


def _lines(messages: list[Message]) -> list[str]:
    lines: list[str] = []
    for owner, group in groupby(messages, key=lambda message: message.owner):
        lines.append(f"■ {owner or '未定责任单位 no owner'}")
        lines.extend(f"{message.title}（{message.body}）" for message in group)
    return lines


def format_ranges(numbers: tuple[int, ...]) -> str:
    """Return numbers as ranges, such as `1-3,7` for 1, 2, 3 and 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in runs)
