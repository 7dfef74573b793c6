"""The rejects file: position and reasons of each row that was not sent, without identifiers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from livelihood.escaping import for_json
from livelihood.settings import Settings

# An identity or account number in the wrong column is a long run of digits. Limits of amounts
# (a one and zeros) may be shown.
_LONG_NUMBER = re.compile(r"(?<!\d)(?!10+(?!\d))\d{15,}[Xx]?")


class Reject(NamedTuple):
    """A row that was not sent: `line` counts from 1 in its file, as in an editor."""

    file: str
    line: int | None
    reasons: list[str]


def redact(text: str) -> str:
    """Return the text without numbers of 15 and more digits."""
    return _LONG_NUMBER.sub("…", text)


def rejects_path(settings: Settings, stream: str, name: str) -> Path:
    """Return the path of the rejects file of an import."""
    return settings.home / "producers" / "rejects" / f"{stream}-{name}.ndjson"


def append_rejects(path: Path, rejects: Iterable[Reject], start_bytes: int) -> int:
    """Truncate the file to `start_bytes`, append the rejects, and return its new size.

    Later bytes were written by an import that ended before its checkpoint advanced.
    """
    lines = b"".join(_line(reject) for reject in rejects)
    if not lines and not path.exists():
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(min(start_bytes, path.stat().st_size))
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _line(reject: Reject) -> bytes:
    entry: dict[str, Any] = {
        "file": reject.file,
        "line": reject.line,
        "reasons": [redact(reason) for reason in reject.reasons],
    }
    return for_json(json.dumps(entry, ensure_ascii=False)).encode() + b"\n"
