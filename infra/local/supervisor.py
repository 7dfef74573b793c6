"""The supervisor of the local stack: a process that restarts servers which have died."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from infra.local.environment import process_environment
from infra.local.process import LocalServer, ServerStatus
from livelihood.settings import Settings


class Supervisor(LocalServer):
    """A process that runs `infra.local.watch` until it is stopped."""

    name = "supervisor"
    title = "The supervisor"

    def __init__(self, settings: Settings, dags_folder: Path) -> None:
        super().__init__(settings)
        self.dags_folder = dags_folder

    @property
    def address(self) -> str:
        """Log with every restart; the supervisor has no clients."""
        return str(self.log_path)

    @property
    def record_path(self) -> Path:
        """File with the number and time of restarts by server."""
        return self.pid_path.with_name("restarts.json")

    def environment(self) -> Mapping[str, str]:
        """Return the settings, because it starts Airflow with them."""
        return process_environment(self.settings)

    def prepare(self) -> None:
        """Begin to count from zero."""
        self.record_path.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """Return the command of the process."""
        return [sys.executable, "-P", "-m", "infra.local.watch", str(self.dags_folder)]

    def is_ready(self) -> bool:
        """Return whether the process runs."""
        return self.is_running

    def with_restarts(self, status: ServerStatus) -> ServerStatus:
        """Return the status of a server with its restarts."""
        try:
            record = json.loads(self.record_path.read_text())
            return replace(status, **record.get(status.name, {}))
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            # Missing or damaged.
            return status
