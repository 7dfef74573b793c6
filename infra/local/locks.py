"""Locks between commands that start or stop the same servers. A lock ends with its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def start_lock(home: Path, name: str) -> Iterator[None]:
    """Hold a file lock, so that two commands do not start the same server together."""
    with _lock_file(home, name) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def command_lock(home: Path, command: str, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a home folder, so that one command at a time starts or stops the stack.

    While another one holds it, wait; `on_wait` receives a line that names the other.
    """
    with _lock_file(home, "command") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 100, 0).decode(errors="replace") or "another command"
            on_wait(f"{holder} is still at work on this stack, waiting until it ends")
            fcntl.flock(lock, fcntl.LOCK_EX)
        # Without the name on a full disk.
        with contextlib.suppress(OSError):
            os.truncate(lock, 0)
            os.pwrite(lock, f"`livelihood {command}` (process {os.getpid()})".encode(), 0)
        yield


@contextlib.contextmanager
def _lock_file(home: Path, name: str) -> Iterator[int]:
    folder = home / "pids"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
