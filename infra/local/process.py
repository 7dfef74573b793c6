"""Server processes that outlive the command that started them: start, adopt, stop and kill."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

import psutil

from infra.local.environment import server_environment
from infra.local.errors import LocalServerError
from infra.local.home import prepare_home
from infra.local.identity import find_by_output, identify, read_identity, write_identity
from infra.local.locks import start_lock
from infra.local.process_tree import is_alive, kill_all, with_descendants
from livelihood.settings import Settings

POLL_SECONDS = 0.05
LOG_TAIL_LINES = 12


@dataclass(frozen=True)
class ServerStatus:
    """The status of a server: its address for clients, and its process id while it runs.

    `restarts` is how often the supervisor restarted it since `livelihood up`, `restarted_at` when
    it last did.
    """

    name: str
    is_running: bool
    address: str
    pid: int | None
    restarts: int = 0
    restarted_at: str | None = None


class LocalServer(ABC):
    """One server process, identified by a pid file in the home folder.

    As a context manager, it starts the server and stops it at the end, unless it ran before.
    """

    name: str
    title: str
    stop_signal: signal.Signals = signal.SIGTERM
    start_seconds: float = 60.0
    stop_seconds: float = 20.0

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home.resolve()
        self.was_running = False
        # Whether this object started the process, so that an interrupted command can stop it.
        self.was_spawned = False
        # Set by another thread to end a start.
        self.cancelled = Event()
        self._was_adopted = False

    @property
    def pid_path(self) -> Path:
        """File with the identity of the process."""
        return self.home / "pids" / f"{self.name}.json"

    @property
    def log_path(self) -> Path:
        """File with the output of the server."""
        return self.home / "logs" / f"{self.name}.log"

    @property
    @abstractmethod
    def address(self) -> str:
        """Address of the server for clients."""

    @abstractmethod
    def prepare(self) -> None:
        """Create what the server needs before its process starts; safe to repeat."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the program and its arguments."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return whether the server answers its clients."""

    def ports(self) -> dict[str, int]:
        """Return the ports on which the server listens, by setting."""
        return {}

    def environment(self) -> Mapping[str, str]:
        """Return the environment variables of the process, without settings and their secrets."""
        return server_environment()

    def after_start(self) -> None:  # noqa: B027 - most servers need nothing more
        """Complete the setup once the server answers; safe to repeat."""

    def process(self) -> psutil.Process | None:
        """Return the running process, or None. No file and no clock is needed to find it."""
        recorded = read_identity(self.pid_path)
        pids = [recorded.pid] if recorded and identify(recorded.pid) == recorded else []
        for pid in pids or find_by_output(self.log_path):
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if is_alive(process) and (pids or self.is_main(process)):
                    return process
        return None

    def is_main(self, process: psutil.Process) -> bool:
        """Return whether a session leader with the server's output is the server itself."""
        return True

    @property
    def is_running(self) -> bool:
        """Whether the process runs, started by this command or by an earlier one."""
        return self.process() is not None

    @property
    def has_died(self) -> bool:
        """Whether the process ended without `stop`, which deletes the pid file."""
        return self.pid_path.exists() and not self.is_running

    def status(self) -> ServerStatus:
        """Return the current status of the server."""
        process = self.process()
        return ServerStatus(
            self.name, process is not None, self.address, process.pid if process else None
        )

    def start(self) -> None:
        """Start the server, or adopt the running one, and wait until it answers.

        Raises LocalServerError if it exits or does not answer within `start_seconds`.
        """
        with start_lock(self.home, self.name):
            self.launch()
            self.wait_until_ready()
            self.after_start()

    def launch(self) -> None:
        """Start the process unless it runs, without waiting for it."""
        prepare_home(self.home)
        self.pid_path.parent.mkdir(parents=True, exist_ok=True)
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        process = self.process()
        self.was_running = process is not None
        if process is None:
            self.prepare()
            self._require_not_cancelled()
            self._spawn()
        else:
            self._record(process.pid)

    def wait_until_ready(self) -> None:
        """Wait until the server answers. Raises LocalServerError like `start`."""
        deadline = time.monotonic() + self.start_seconds
        while not self.is_ready():
            self._require_not_cancelled()
            if not self.is_running:
                raise LocalServerError(f"{self.title} exited while starting. {self._log_tail()}")
            if time.monotonic() > deadline:
                raise LocalServerError(
                    f"{self.title} did not answer within {self.start_seconds:.0f} seconds. "
                    f"{self._log_tail()}"
                )
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server cleanly, or kill it if that takes more than `stop_seconds`."""
        while (process := self.process()) is not None:
            processes = with_descendants(process)
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(self.stop_signal)
            _, alive = psutil.wait_procs([process], timeout=self.stop_seconds)
            kill_all([*alive, *filter(is_alive, processes)])
        self.pid_path.unlink(missing_ok=True)

    def signal_stop(self) -> None:
        """Send the stop signal to the server, without waiting for it."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """Kill the server and its descendants immediately (SIGKILL), like a crash."""
        process = self.process()
        if process is not None:
            kill_all(with_descendants(process))

    def __enter__(self) -> Self:
        self.start()
        self._was_adopted = self.was_running
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What counts is whether it ran at the beginning: it may have been restarted meanwhile.
        if not self._was_adopted:
            self.stop()

    def _spawn(self) -> None:
        """Start the process in a new session, so that it survives the end of the terminal."""
        command = self.command()
        self.was_spawned = True
        write_log = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawn(
            command[0],
            command,
            self.environment(),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log_path), write_log, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            # Python ignores SIGPIPE, and the program would inherit that.
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
            setsigmask=[],
        )
        try:
            self._record(pid)
        except OSError:
            # The supervisor would not restart it later.
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise

    def _record(self, pid: int) -> None:
        identity = identify(pid)
        if identity is not None and identity != read_identity(self.pid_path):
            write_identity(self.pid_path, identity)

    def _require_not_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise LocalServerError(f"the start of {self.title} was interrupted")

    def _log_tail(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return f"The last lines of {self.log_path}:\n" + "\n".join(lines)
