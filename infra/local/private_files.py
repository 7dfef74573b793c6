"""Files and folders that only their owner can read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from infra.local.errors import LocalServerError


def private_folder(path: Path) -> None:
    """Create a folder, or close an existing one, so that only its owner can enter it.

    Raises LocalServerError if it belongs to another account or is shared, like /tmp.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.stat()
    if status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
        raise LocalServerError(
            f"{path} belongs to another account or is shared: set LIVELIHOOD_HOME to a folder of "
            "its own"
        )
    path.chmod(0o700)


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
