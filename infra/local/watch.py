"""Watches the servers of a home folder and restarts those that have died.

``python -m infra.local.watch DAGS_FOLDER`` watches until it is stopped. With the name of a server
as second argument it restarts this server and ends: the restart is a process of its own, so that
the server is not a child of the supervisor and outlives it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.process import LocalServer
from infra.local.stack import Stack
from livelihood.errors import LivelihoodError
from livelihood.private_files import write_private
from livelihood.settings import get_settings

POLL_SECONDS = 2.0
MIN_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 60.0
# A server that ran for so long is restarted immediately when it dies again.
STABLE_SECONDS = 600.0

logger = logging.getLogger("infra.local.watch")


@dataclass
class Restarts:
    """How often a server was restarted, and when it last was."""

    restarts: int = 0
    restarted_at: str | None = None


class Watch:
    """The servers to watch, their restarts, and the delay before the next one of each."""

    def __init__(
        self, servers: Sequence[LocalServer], restart: Callable[[str], bool], record_path: Path
    ) -> None:
        self._servers = servers
        self._restart = restart
        self._record_path = record_path
        self._restarts: dict[str, Restarts] = {}
        self._delays: dict[str, float] = {}
        self._tried_at: dict[str, float] = {}

    def poll(self, now: float) -> None:
        """Restart each server that has died and whose delay has passed; `now` is in seconds."""
        for server in self._servers:
            since_seconds = now - self._tried_at.get(server.name, -STABLE_SECONDS)
            if since_seconds >= STABLE_SECONDS:
                self._delays.pop(server.name, None)
            if since_seconds >= self._delays.get(server.name, 0.0) and server.has_died:
                self._tried_at[server.name] = now
                self._delays[server.name] = min(
                    MAX_DELAY_SECONDS, self._delays.get(server.name, MIN_DELAY_SECONDS / 2) * 2
                )
                self._restart_one(server)

    def _restart_one(self, server: LocalServer) -> None:
        logger.warning("%s has died, it is restarted; see %s", server.title, server.log_path)
        restarts = self._restarts.setdefault(server.name, Restarts())
        restarts.restarts += 1
        restarts.restarted_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        # Recorded before, because a restart can take a minute.
        record = {name: asdict(entry) for name, entry in self._restarts.items()}
        # On a full disk the servers are restarted all the same.
        with contextlib.suppress(OSError):
            write_private(self._record_path, json.dumps(record))
        if not self._restart(server.name):
            logger.error(
                "%s did not start; next try after %.0f s", server.title, self._delays[server.name]
            )


def main(arguments: list[str]) -> None:
    """Watch the servers until the pid file is deleted, or restart the server that is named."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stack = Stack(get_settings(), Path(arguments[0]))
    if len(arguments) > 1:
        stack.restart(arguments[1])
        return

    def restart(name: str) -> bool:
        command = [sys.executable, "-P", "-m", "infra.local.watch", arguments[0], name]
        return subprocess.run(command, check=False).returncode == 0

    watch = Watch(stack.servers, restart, stack.supervisor.record_path)
    while stack.supervisor.pid_path.exists():
        watch.poll(time.monotonic())
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LivelihoodError as error:
        logger.error("%s", error)
        sys.exit(1)
