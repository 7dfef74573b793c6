"""Creation of data folders such that a killed command never leaves a half-made one in use."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event

from infra.local.errors import LocalServerError

# Names within the data folder, which may be a file system of its own, so that all is renamed in it.
_UNFINISHED = ".unfinished-"
_COMPLETE = ".complete"
POLL_SECONDS = 0.1


def create_once(folder: Path, marker: str, create: Callable[[Path], None]) -> None:
    """Fill an empty data folder by `create`, unless it contains the file `marker` already.

    `create` gets a path that does not exist. Its content is moved into the folder once it is
    complete. What a killed command began is completed or repeated by the next one. Raises
    LocalServerError if the folder contains files of another origin.
    """
    complete = folder / _COMPLETE
    if (folder / marker).exists() and not complete.exists():
        return
    for remains in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(remains, ignore_errors=True)
    if not complete.exists():
        _require_empty(folder, marker)
        unfinished = folder / f"{_UNFINISHED}{secrets.token_hex(4)}"
        create(unfinished)
        unfinished.rename(complete)
    for path in list(complete.iterdir()):
        path.rename(folder / path.name)
    complete.rmdir()


def _require_empty(folder: Path, marker: str) -> None:
    # A file system of its own may have this folder.
    others = {path.name for path in folder.iterdir()} - {"lost+found"}
    if any(not name.startswith(_UNFINISHED) for name in others):
        raise LocalServerError(
            f"{folder} has files, but not {marker}, without which they cannot be used: restore it, "
            "or move the folder away to begin with an empty one"
        )


def run_tool(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    cancelled: Event | None = None,
) -> tuple[int, str]:
    """Run a program to its end and return its exit code and output.

    Raises LocalServerError, and kills the program, once `cancelled` is set.
    """
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as program:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                output, _ = program.communicate(timeout=POLL_SECONDS)
                return program.returncode, output.decode(errors="replace").strip()
            if cancelled is not None and cancelled.is_set():
                program.kill()
                raise LocalServerError(f"{Path(command[0]).name} was interrupted")
