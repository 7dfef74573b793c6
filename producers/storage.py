"""Small state files that are always whole: a crash leaves the old content or the new one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def is_private(path: Path) -> bool:
    """Whether only its owner can read and write the file."""
    return not path.stat().st_mode & 0o077


def write_whole(path: Path, text: str) -> None:
    """Write a file aside, on the disk, and put it in the place of the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
