"""Commands of the platform as processes that can be interrupted and killed, and what they leave."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from infra.local.environment import process_environment
from livelihood.settings import ROOT, Settings

PROGRAM = "from livelihood.cli import main; main()"
TIMEOUT_SECONDS = 240.0


class Command:
    """A command line that runs in a session of its own, as in a terminal of its own."""

    def __init__(self, settings: Settings, *words: str, program: str = PROGRAM) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            cwd=ROOT,
            env=process_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_default_signals,
        )
        self.output = ""

    def is_alive(self) -> bool:
        """Return whether it has not ended yet."""
        return self._process.poll() is None

    def join(self, timeout: float) -> None:
        """Wait until it ends or the timeout in seconds has passed. Its output is short."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal, to the whole group like a terminal does for Ctrl-C if `group` is true."""
        with contextlib.suppress(ProcessLookupError):
            if group:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)

    def result(self) -> int:
        """Wait until it ends, and return its exit code; its output is in `output`."""
        output, _ = self._process.communicate(timeout=TIMEOUT_SECONDS)
        self.output = output.decode(errors="replace")
        return self._process.returncode


def run_command(settings: Settings, *words: str) -> tuple[int, str]:
    """Run a command to its end, and return its exit code and output."""
    command = Command(settings, *words)
    return command.result(), command.output


def _default_signals() -> None:
    # A shell script starts programs in the background with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def remaining_processes(home: Path) -> list[str]:
    """Return the command lines of processes that belong to a home folder."""
    return [
        " ".join(process.info["cmdline"] or [process.info["name"]])
        for process in psutil.process_iter(["cmdline", "name", "cwd", "environ"])
        if _belongs(process.info, str(home.resolve()))
    ]


def _belongs(info: dict[str, Any], home: str) -> bool:
    return (
        home in " ".join(info["cmdline"] or ())
        or (info["cwd"] or "").startswith(home)
        or (info["environ"] or {}).get("LIVELIHOOD_HOME") == home
    )
