"""Work in processes that can be killed and frozen, forked from one that has the imports."""

from __future__ import annotations

import functools
import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

import psutil

from faults.outcome import Outcome
from livelihood.errors import LivelihoodError

# Slow imports happen once, in the process that all others are forked from.
PRELOADED = (
    "dbt.cli.main",
    "expectations",
    "producers.importing",
    "faults.__main__",
    "faults.monitors",
    "faults.kill_points",
    "faults.readers",
    "faults.sending",
)
TIMEOUT_SECONDS = 300.0
POLL_SECONDS = 0.005

DONE = "done"
KILLED = "killed"
CRASHED = "an unhandled error"


@dataclass(frozen=True)
class ProcessResult:
    """How a process ended: DONE, KILLED, CRASHED, or the name of its LivelihoodError."""

    status: str
    message: str = ""


class WorkerProcess:
    """A process that runs one function and reports its result."""

    def __init__(self, process: BaseProcess, answer: Connection) -> None:
        self._process = process
        self._answer = answer

    def is_alive(self) -> bool:
        """Return whether it has not ended yet."""
        return self._process.is_alive()

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def join(self, timeout: float = TIMEOUT_SECONDS) -> None:
        """Wait until it ends or the timeout in seconds has passed."""
        self._process.join(timeout)

    def resume(self) -> None:
        """Send SIGCONT to a frozen process."""
        os.kill(self._pid, signal.SIGCONT)

    def wait_until_frozen(self) -> bool:
        """Wait until it has stopped itself (SIGSTOP). Return False if it ended instead."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.is_alive():
            try:
                if psutil.Process(self._pid).status() == psutil.STATUS_STOPPED:
                    return True
            except psutil.NoSuchProcess:
                break
            time.sleep(POLL_SECONDS)
        return False

    def result(self, timeout_seconds: float = TIMEOUT_SECONDS) -> ProcessResult:
        """Wait until it ends, and return how it did."""
        if not self._answer.poll(timeout_seconds):
            self._process.kill()
            return ProcessResult(CRASHED, f"not ended within {timeout_seconds:.0f} s")
        try:
            result: ProcessResult = self._answer.recv()
            self._process.join()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            is_killed = code == -signal.SIGKILL
            result = (
                ProcessResult(KILLED) if is_killed else ProcessResult(CRASHED, f"exit code {code}")
            )
        self._answer.close()
        return result

    @property
    def _pid(self) -> int:
        pid = self._process.pid
        if pid is None:
            raise RuntimeError("the process was never started")
        return pid


class Work(Protocol):
    """Something that runs: a process, a thread, a command."""

    def join(self, timeout: float) -> None:
        """Wait until it ends or the timeout in seconds has passed."""

    def is_alive(self) -> bool:
        """Return whether it has not ended yet."""


class StrikeTimer:
    """Random delays within the duration of some work, which the timer learns from each strike."""

    def __init__(self, generator: random.Random, max_seconds: float = 0.5) -> None:
        self._generator = generator
        self._max_seconds = max_seconds

    def interrupts(self, work: Work | threading.Thread) -> bool:
        """Wait for a random part of the work's duration. Return whether it is still running."""
        work.join(self._generator.uniform(0.0, self._max_seconds))
        is_running = work.is_alive()
        # A strike after the end shows that the work takes less time than assumed.
        self._max_seconds *= 1.1 if is_running else 0.7
        return is_running


def start(work: Callable[..., Any], *arguments: Any) -> WorkerProcess:  # noqa: ANN401 - any work
    """Start the work in a process of its own."""
    ours, theirs = _workers().Pipe(duplex=False)
    process = _workers().Process(target=_report, args=(theirs, work, arguments), daemon=True)
    process.start()
    # Only the child has the other end now, so the pipe ends when the child is killed.
    theirs.close()
    return WorkerProcess(process, ours)


def run_concurrently(
    timeout_seconds: float,
    work: Callable[..., Any],
    *arguments: Any,  # noqa: ANN401 - any work
) -> list[ProcessResult]:
    """Run the same work in two processes at the same time."""
    processes = [start(work, *arguments), start(work, *arguments)]
    return [process.result(timeout_seconds) for process in processes]


def expect_statuses(outcome: Outcome, results: list[ProcessResult], allowed: set[str]) -> None:
    """Record every result that is not allowed as unexpected."""
    for result in results:
        outcome.expect(
            result.status in allowed, f"a process ended with {result.status}: {result.message}"
        )


@functools.cache
def _workers() -> ForkServerContext:
    workers = get_context("forkserver")
    workers.set_forkserver_preload(list(PRELOADED))
    return workers


def _report(answer: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    # Clients log errors about servers that are killed here.
    logging.disable(logging.CRITICAL)
    try:
        work(*arguments)
        answer.send(ProcessResult(DONE))
    except LivelihoodError as error:
        answer.send(ProcessResult(type(error).__name__, str(error)))
    except BaseException as error:
        answer.send(ProcessResult(CRASHED, f"{type(error).__name__}: {error}"))
