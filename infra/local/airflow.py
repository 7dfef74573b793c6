"""The local Airflow: API server, scheduler, triggerer and DAG processor."""

from __future__ import annotations

import datetime as dt
import json
import sys
import urllib.request
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self

import psycopg

from infra.local.airflow_environment import (
    PASSWORDS,
    USER,
    airflow_environment,
    create_secrets,
)
from infra.local.creation import run_tool
from infra.local.errors import LocalServerError
from infra.local.locks import start_lock
from infra.local.ports import require_free_port
from infra.local.process import LocalServer, ServerStatus
from livelihood.private_files import write_private
from livelihood.settings import ROOT, Settings

# Component → options. Log servers are only for workers on other machines, and would need ports.
COMPONENTS = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "triggerer": ("--skip-serve-logs",),
    "dag-processor": (),
}
TIMEOUT_SECONDS = 30.0


class AirflowComponent(LocalServer):
    """One process of Airflow."""

    start_seconds = 180.0
    stop_seconds = 15.0

    def __init__(self, airflow: AirflowServers, component: str) -> None:
        super().__init__(airflow.settings)
        self.airflow = airflow
        self.component = component
        self.name = f"airflow-{component}"
        self.title = f"Airflow's {component}"

    @property
    def address(self) -> str:
        """Address of Airflow for browsers."""
        return self.airflow.url

    def environment(self) -> Mapping[str, str]:
        """Return the settings of Airflow and of Livelihood."""
        return self.airflow.environment()

    def ports(self) -> dict[str, int]:
        """Return the port of the API server."""
        is_listener = self.component == "api-server"
        return {"airflow_port": self.settings.airflow_port} if is_listener else {}

    def prepare(self) -> None:
        """Raise LocalServerError if the port of the API server is in use."""
        for setting, port in self.ports().items():
            require_free_port(port, setting, self.title)

    def command(self) -> list[str]:
        """Return the command of the component, with the Python that runs this code."""
        return [sys.executable, "-P", "-m", "airflow", self.component, *COMPONENTS[self.component]]

    def is_ready(self) -> bool:
        """Return whether the API answers and has received a heartbeat of this very process."""
        health = self.airflow.health()
        if self.component == "api-server" or not health:
            return bool(health) and self.airflow.answers_tasks()
        section = self.component.replace("-", "_")
        heartbeat = health[section][f"latest_{section}_heartbeat"]
        process = self.process()
        if heartbeat is None or process is None:
            return False
        heartbeat_at = dt.datetime.fromisoformat(heartbeat).timestamp()
        return bool(heartbeat_at > process.create_time())


class AirflowServers:
    """All components of Airflow, used like one server. They need the PostgreSQL of the stack."""

    name = "airflow"

    def __init__(self, settings: Settings, dags_folder: Path = ROOT / "dags") -> None:
        self.settings = settings
        self.dags_folder = dags_folder
        self.home = settings.home.resolve() / "airflow"
        self.url = f"http://127.0.0.1:{settings.airflow_port}"
        self.components = [AirflowComponent(self, component) for component in COMPONENTS]
        self.cancelled = Event()
        self._was_adopted = False

    @property
    def password_path(self) -> Path:
        """JSON file {user: password} with which Airflow checks log-ins."""
        return self.home / PASSWORDS

    @property
    def password(self) -> str:
        """Password of the user `admin`, generated at the first start."""
        return str(json.loads(self.password_path.read_text())[USER])

    @property
    def is_running(self) -> bool:
        """Whether all components run."""
        return all(component.is_running for component in self.components)

    def has_open_runs(self) -> bool:
        """Return whether a DAG run is queued or running."""
        with psycopg.connect(self.settings.database_url("airflow")) as connection:
            row = connection.execute(
                "select count(*) from dag_run where state in ('queued', 'running')"
            ).fetchone()
        return bool(row and row[0])

    def status(self) -> list[ServerStatus]:
        """Return the status of each component."""
        return [component.status() for component in self.components]

    def prepare(self) -> None:
        """Create the secrets and the tables in the database `airflow`; safe to repeat.

        Raises LocalServerError if the tables cannot be created.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        create_secrets(self.home)
        marker = self.home / "migrated"
        if marker.exists() and marker.read_text() == version("apache-airflow"):
            return
        code, output = run_tool(
            [sys.executable, "-P", "-m", "airflow", "db", "migrate"],
            self.environment(),
            self.cancelled,
        )
        log = self.settings.home.resolve() / "logs" / "airflow-migrate.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        write_private(log, output + "\n")
        if code != 0:
            raise LocalServerError(f"Airflow could not create its tables: the reason is in {log}")
        write_private(marker, version("apache-airflow"))

    def start(self) -> None:
        """Start the components that do not run, in parallel, and wait until each is ready."""
        with start_lock(self.settings.home.resolve(), self.name):
            self.prepare()
            for component in self.components:
                component.launch()
            for component in self.components:
                component.wait_until_ready()

    def stop(self) -> None:
        """Stop all components. The API server last, because ending tasks report to it."""
        for component in reversed(self.components):
            component.signal_stop()
        for component in reversed(self.components):
            component.stop()

    def kill(self) -> None:
        """Kill all components and their tasks immediately, like a crash."""
        for component in self.components:
            component.kill()

    def health(self) -> dict[str, Any]:
        """Return the health report of Airflow, or an empty one while the API does not answer."""
        return self._get("/api/v2/monitor/health")

    def answers_tasks(self) -> bool:
        """Return whether the part of the API that tasks use answers.

        Airflow creates it at the first request, which takes seconds, so this also warms it up for
        the first task.
        """
        return bool(self._get("/execution/health"))

    def _get(self, path: str) -> dict[str, Any]:
        try:
            url = self.url + path
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - local
                report: dict[str, Any] = json.load(response)
                return report
        except (OSError, json.JSONDecodeError):
            return {}

    def environment(self) -> dict[str, str]:
        """Return the environment of every component, and thus of every task."""
        return airflow_environment(self.settings, self.home, self.dags_folder)

    def __enter__(self) -> Self:
        self.start()
        self._was_adopted = any(component.was_running for component in self.components)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._was_adopted:
            self.stop()
