"""The rejects file: position and reasons of each row that was not sent, without identifiers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from livelihood.escaping import for_json
from livelihood.private_files import open_private, private_folder
from livelihood.settings import Settings
from producers.masking import mask


class Reject(NamedTuple):
    """A row that was not sent: `line` counts from 1 in its file, as in an editor."""

    file: str
    line: int | None
    reasons: list[str]


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
    private_folder(path.parent.parent)
    private_folder(path.parent)
    with open_private(path, "ab") as file:
        file.truncate(min(start_bytes, path.stat().st_size))
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
        return int(file.tell())


def _line(reject: Reject) -> bytes:
    entry: dict[str, Any] = {
        "file": mask(reject.file),
        "line": reject.line,
        "reasons": [mask(reason) for reason in reject.reasons],
    }
    return for_json(json.dumps(entry, ensure_ascii=False)).encode() + b"\n"
