"""Small state files that are replaced atomically: a crash leaves the old or the new content."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from livelihood.private_files import private_folder


def write_atomically(path: Path, text: str) -> None:
    """Write a temporary file, flush it to disk, and rename it to `path`."""
    private_folder(path.parent)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
