"""The identity of a process: not by its id alone, which another program may get later."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from livelihood.private_files import write_private

PROC = Path("/proc")
# proc(5): the fields of /proc/PID/stat after the name, from field 3 on; the start is field 22.
_START_FIELD = 22 - 3


@dataclass(frozen=True)
class Identity:
    """A process: its id, the boot it belongs to, and its start in clock ticks since that boot.

    No other process has the same three. A change of the clock changes none of them.
    """

    pid: int
    boot_id: str
    start_ticks: int


def identify(pid: int) -> Identity | None:
    """Return the identity of the process that has this id now, None if there is none."""
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name of the program is in parentheses and may contain any character.
    fields = stat.rpartition(b")")[2].split()
    boot_id = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return Identity(pid, boot_id, int(fields[_START_FIELD]))


def write_identity(path: Path, identity: Identity) -> None:
    """Write an identity to a pid file, in one step."""
    write_private(path, json.dumps(asdict(identity)))


def read_identity(path: Path) -> Identity | None:
    """Return the identity in a pid file, None if the file is missing or damaged."""
    try:
        return Identity(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def find_by_output(log_path: Path) -> Iterator[int]:
    """Yield the ids of session leaders whose standard output is this file.

    The local stack starts each server in a session of its own with its log as output. So a server
    is found whose pid file was lost, or was not yet written when the command was killed.
    """
    for entry in PROC.iterdir():
        if entry.name.isdigit() and _writes_to(int(entry.name), str(log_path)):
            yield int(entry.name)


def _writes_to(pid: int, log_path: str) -> bool:
    try:
        if os.getsid(pid) != pid:
            return False
        output = str((PROC / str(pid) / "fd/1").readlink())
        return output.removesuffix(" (deleted)") == log_path
    except OSError:
        # It has exited, or belongs to another account.
        return False
