"""A process and its descendants: who is alive, and how to end them all."""

from __future__ import annotations

import contextlib
import os
import time

import psutil

KILL_SECONDS = 10.0
POLL_SECONDS = 0.01


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs; one that has ended is collected when it is a child of ours.

    A Java process looks like a zombie while its last threads still hold its ports.
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
    """The process and all its descendants."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def kill_all(processes: list[psutil.Process]) -> None:
    """End processes at once (SIGKILL) and wait until they are gone."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + KILL_SECONDS
    while any(map(is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
