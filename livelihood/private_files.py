"""Files and folders that only their owner can read: records, rejects, secrets, exports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

_OTHERS = 0o077


def restrict_new_files() -> None:
    """Let this process and its children create only files that no other account can read."""
    os.umask(_OTHERS)


def private_folder(path: Path) -> Path:
    """Create a folder, if it is missing, that only its owner can enter, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def open_private(path: Path, mode: str) -> IO[Any]:
    """Open a file to write, and close it for others if an earlier version left it open."""
    path.touch(0o600)
    path.chmod(0o600)
    return path.open(mode)


def is_private(path: Path) -> bool:
    """Return whether only its owner can read and write the file."""
    return not path.stat().st_mode & _OTHERS
