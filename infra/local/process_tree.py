"""A process and its descendants: which are alive, and how to kill them all."""

from __future__ import annotations

import contextlib
import os
import time

import psutil

KILL_SECONDS = 10.0
POLL_SECONDS = 0.01


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process runs. An exited child of this process is also reaped.

    A Java process has the status of a zombie while its last threads still occupy its ports.
    """
    try:
        is_zombie = process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
        if process.is_running() and not is_zombie:
            return True
        os.waitpid(process.pid, os.WNOHANG)
    except (psutil.NoSuchProcess, ChildProcessError):
        pass
    return False


def with_descendants(process: psutil.Process) -> list[psutil.Process]:
    """Return the process and all its descendants, or nothing if it has exited."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def kill_all(processes: list[psutil.Process]) -> None:
    """Kill processes immediately (SIGKILL) and wait until they have exited."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + KILL_SECONDS
    while any(map(is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
