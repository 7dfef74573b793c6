"""The home folder of the local stack: whether it can be used, and whether it can be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from infra.local.errors import LocalServerError
from livelihood.private_files import private_folder

# PostgreSQL reads paths of at most 1,023 bytes, and Kafka adds names of topics.
MAX_HOME_BYTES = 700
PROBE_BYTES = 4096


def prepare_home(home: Path) -> None:
    """Create the home folder, or close an existing one to others, and test that it can be written.

    Raises LocalServerError, before anything is created, if a server cannot use its path.
    """
    if reason := _unusable(str(home)):
        raise LocalServerError(
            f"the home folder {str(home)!r} cannot be used: {reason}; set LIVELIHOOD_HOME to "
            "another folder"
        )
    try:
        private_folder(home)
        # Without a name, because several servers are started in parallel.
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as error:
        raise LocalServerError(
            f"the home folder {home} cannot be written ({error.strerror}): free space, correct "
            "its rights, or set LIVELIHOOD_HOME to another folder"
        ) from error


def _unusable(path: str) -> str | None:
    """Return why a server cannot use a path, or None."""
    if "," in path:
        return "Kafka and PostgreSQL read a comma as the end of a path"
    if any(ord(char) < ord(" ") or ord(char) == 0x7F for char in path):
        return "its path contains a control character"
    if any("\ud800" <= char <= "\udfff" for char in path):
        return "its path is not UTF-8 text"
    if os.path.expandvars(path) != path:
        return "Airflow replaces the variable after $ in its path"
    if len(os.fsencode(path)) > MAX_HOME_BYTES:
        return f"its path is longer than {MAX_HOME_BYTES} bytes"
    return None
