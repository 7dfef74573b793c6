"""Work in processes that can be killed and frozen: forked from one that has imported it already."""

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
from typing import Any

import psutil

from faults.outcome import Outcome
from livelihood.errors import LivelihoodError

# What takes long to import is imported once, in the process all others are forked from.
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
CRASHED = "an error that is not meant for people"


@dataclass(frozen=True)
class ProcessResult:
    """How a process ended: done, killed, the name of its LivelihoodError, or another error."""

    status: str
    message: str = ""


class WorkerProcess:
    """One process at work."""

    def __init__(self, process: BaseProcess, answer: Connection) -> None:
        self._process = process
        self._answer = answer

    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.is_alive()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()

    def join(self, timeout: float = TIMEOUT_SECONDS) -> None:
        """Wait until it ends, however it does, or until that many seconds have passed."""
        self._process.join(timeout)

    def resume(self) -> None:
        """SIGCONT, after it was frozen."""
        os.kill(self._pid, signal.SIGCONT)

    def wait_until_frozen(self) -> bool:
        """Wait until it has stopped itself (SIGSTOP); False when it ended instead."""
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
        """Wait until it ends; how it did."""
        if not self._answer.poll(timeout_seconds):
            self._process.kill()
            return ProcessResult(CRASHED, f"no end within {timeout_seconds:.0f} s")
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


class StrikeTimer:
    """When to strike so that the work is met at any moment of it: how long it takes is learnt."""

    def __init__(self, chance: random.Random, max_seconds: float = 0.5) -> None:
        self._chance = chance
        self._max_seconds = max_seconds

    def interrupts(self, work: WorkerProcess | threading.Thread) -> bool:
        """Wait for a part of the time that the work takes; whether it still goes on."""
        work.join(self._chance.uniform(0.0, self._max_seconds))
        is_running = work.is_alive()
        # Who came too late was told how long the work takes here and now.
        self._max_seconds *= 1.1 if is_running else 0.7
        return is_running


def start(work: Callable[..., Any], *arguments: Any) -> WorkerProcess:  # noqa: ANN401 - any work
    """Begin the work in a process of its own."""
    ours, theirs = _workers().Pipe(duplex=False)
    process = _workers().Process(target=_report, args=(theirs, work, arguments), daemon=True)
    process.start()
    # Only the process holds the other end from here on: when it is killed, the pipe ends.
    theirs.close()
    return WorkerProcess(process, ours)


def run_concurrently(
    timeout_seconds: float,
    work: Callable[..., Any],
    *arguments: Any,  # noqa: ANN401 - any work
) -> list[ProcessResult]:
    """The same work in two processes at the same time."""
    processes = [start(work, *arguments), start(work, *arguments)]
    return [process.result(timeout_seconds) for process in processes]


def expect_statuses(outcome: Outcome, results: list[ProcessResult], allowed: set[str]) -> None:
    """Note every result that is not one of those allowed."""
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
    # What servers that go away make the clients say is expected here.
    logging.disable(logging.CRITICAL)
    try:
        work(*arguments)
        answer.send(ProcessResult(DONE))
    except LivelihoodError as error:
        answer.send(ProcessResult(type(error).__name__, str(error)))
    except BaseException as error:
        answer.send(ProcessResult(CRASHED, f"{type(error).__name__}: {error}"))
