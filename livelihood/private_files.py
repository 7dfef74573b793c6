"""Files and folders that only their owner can read: records, rejects, secrets, exports."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import IO, Any

from livelihood.errors import LivelihoodError

_OTHERS = 0o077


def restrict_new_files() -> None:
    """Let this process and its children create only files that no other account can read."""
    os.umask(_OTHERS)


def private_folder(path: Path) -> Path:
    """Create a folder, or close an existing one, so that only its owner can enter; return it.

    Raises LivelihoodError if it belongs to another account or is shared, like /tmp.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.stat()
    if status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
        raise LivelihoodError(
            f"{path} belongs to another account or is shared: set LIVELIHOOD_HOME to a folder of "
            "its own"
        )
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step."""
    new_path = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        descriptor = os.open(new_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            output.write(text)
            output.flush()
            os.fsync(descriptor)
        new_path.replace(path)
    except OSError:
        # On a full disk an empty file remains.
        new_path.unlink(missing_ok=True)
        raise


def open_private(path: Path, mode: str) -> IO[Any]:
    """Open a file to write, and close it for others if an earlier version left it open."""
    path.touch(0o600)
    path.chmod(0o600)
    return path.open(mode)


def is_private(path: Path) -> bool:
    """Return whether only its owner can read and write the file."""
    return not path.stat().st_mode & _OTHERS
