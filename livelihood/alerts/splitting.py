"""Splitting of a long message by bytes, for receivers that refuse or cut longer ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from livelihood.alerts.digest import Notification

# Bytes of a part for its number, line breaks and the encoding of a title that was shortened.
OVERHEAD_BYTES = 32


@dataclass(frozen=True)
class Part:
    """A part of a notification that a receiver accepts: its title is repeated in each."""

    title: str
    body: str


def split(notification: Notification, max_bytes: int | None) -> list[Part]:
    """Return the notification in parts of at most so many bytes in UTF-8, title included.

    Parts end between lines, unless one line is longer, and never inside a character. Each has the
    reference of the notification, so that a receiver can recognise a repetition.
    """
    title, reference = notification.title, notification.reference
    complete = Part(title, "\n".join([*notification.lines, reference]))
    if max_bytes is None or _size(f"{complete.title}\n{complete.body}") <= max_bytes:
        return [complete]
    lines = list(notification.lines)
    if len(short := next(_pieces(title, max_bytes // 4))) < len(title):
        lines.insert(0, title)
        title = f"{short}…"
    budget = max_bytes - _size(title) - _size(reference) - OVERHEAD_BYTES
    bodies = _pack(lines, budget)
    count = len(bodies)
    return [
        Part(f"{title}（{number}/{count}）", f"{body}\n{reference} ({number}/{count})")
        for number, body in enumerate(bodies, start=1)
    ]


def _pack(lines: list[str], budget: int) -> list[str]:
    """Return the lines joined to bodies of at most `budget` bytes."""
    bodies: list[str] = []
    for piece in (piece for line in lines for piece in _pieces(line, budget)):
        if bodies and _size(bodies[-1]) + 1 + _size(piece) <= budget:
            bodies[-1] += f"\n{piece}"
        else:
            bodies.append(piece)
    return bodies


def _pieces(line: str, max_bytes: int) -> Iterator[str]:
    """Yield the line in pieces of at most so many bytes, complete characters each."""
    while _size(line) > max_bytes:
        piece = line.encode()[:max_bytes].decode(errors="ignore")
        yield piece
        line = line[len(piece) :]
    yield line


def _size(text: str) -> int:
    return len(text.encode())
