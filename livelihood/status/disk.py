"""The disk of the home folder: how much space is left, and whether it can be written at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from livelihood.status.model import Disk

# Each may be a file system of its own.
DATA_FOLDERS = (".", "postgres", "kafka")
PROBE_BYTES = 4096


def read_disk(home: Path) -> Disk | None:
    """Return the space and state of the home folder, None if there is none."""
    if not home.exists():
        return None
    folders = [home / name for name in DATA_FOLDERS if (home / name).exists()]
    free_bytes = min(shutil.disk_usage(folder).free for folder in folders)
    return Disk(str(home), free_bytes, _write_error(home))


def _write_error(home: Path) -> str | None:
    """Return why a file cannot be written, or None: a quota or a fault shows only then."""
    try:
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None
