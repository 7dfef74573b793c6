"""The local Airflow: API server, scheduler, triggerer, DAG processor on the stack's PostgreSQL."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from infra.local.airflow_environment import (
    PASSWORDS,
    USER,
    airflow_environment,
    make_secrets,
)
from infra.local.errors import LocalServerError
from infra.local.ports import require_free_port
from infra.local.process import LocalServer, ServerStatus, start_lock
from livelihood.settings import ROOT, Settings

# Component → options. The log servers are for workers on other machines, and would need ports.
COMPONENTS = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "triggerer": ("--skip-serve-logs",),
    "dag-processor": (),
}
ANSWER_SECONDS = 30.0


class AirflowComponent(LocalServer):
    """One of Airflow's processes."""

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
        """Where a browser finds Airflow."""
        return self.airflow.url

    def environment(self) -> Mapping[str, str]:
        """Settings of Airflow and of Livelihood."""
        return self.airflow.environment()

    def prepare(self) -> None:
        """Check the port of the API server."""
        if self.component == "api-server":
            require_free_port(self.settings.airflow_port, "airflow_port", self.title)

    def command(self) -> list[str]:
        """The component in the Python that runs us."""
        return [sys.executable, "-P", "-m", "airflow", self.component, *COMPONENTS[self.component]]

    def is_ready(self) -> bool:
        """Whether the API answers, and this process (not one before it) has reported to it."""
        health = self.airflow.health()
        if self.component == "api-server" or not health:
            return bool(health) and self.airflow.answers_tasks()
        section = self.component.replace("-", "_")
        heartbeat = health[section][f"latest_{section}_heartbeat"]
        process = self.process()
        if heartbeat is None or process is None:
            return False
        reported_at = dt.datetime.fromisoformat(heartbeat).timestamp()
        return bool(reported_at > process.create_time())


class AirflowServers:
    """All of Airflow; needs the PostgreSQL of the stack. Use it like one server."""

    name = "airflow"

    def __init__(self, settings: Settings, dags_folder: Path = ROOT / "dags") -> None:
        self.settings = settings
        self.dags_folder = dags_folder
        self.home = settings.home.resolve() / "airflow"
        self.url = f"http://127.0.0.1:{settings.airflow_port}"
        self.components = [AirflowComponent(self, component) for component in COMPONENTS]
        self._is_guest = False

    @property
    def password_path(self) -> Path:
        """JSON file {user: password} that Airflow checks log-ins against."""
        return self.home / PASSWORDS

    @property
    def password(self) -> str:
        """Password of the user `admin`, made at the first start."""
        return str(json.loads(self.password_path.read_text())[USER])

    @property
    def is_running(self) -> bool:
        """Whether all components run."""
        return all(component.is_running for component in self.components)

    def has_open_runs(self) -> bool:
        """Whether a run of a DAG waits or has not ended yet."""
        with psycopg.connect(self.settings.database_url("airflow")) as connection:
            row = connection.execute(
                "select count(*) from dag_run where state in ('queued', 'running')"
            ).fetchone()
        return bool(row and row[0])

    def status(self) -> list[ServerStatus]:
        """What each component is doing."""
        return [component.status() for component in self.components]

    def prepare(self) -> None:
        """Make the secrets and the tables in the database `airflow`; safe to repeat.

        Raises LocalServerError when the tables cannot be made.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        make_secrets(self.home)
        marker = self.home / "migrated"
        if marker.exists() and marker.read_text() == version("apache-airflow"):
            return
        log = self.settings.home.resolve() / "logs" / "airflow-migrate.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            made = subprocess.run(
                [sys.executable, "-P", "-m", "airflow", "db", "migrate"],
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if made.returncode != 0:
            raise LocalServerError(f"Airflow could not make its tables: the reason is in {log}.")
        marker.write_text(version("apache-airflow"))

    def start(self) -> None:
        """Start what does not run yet, all at the same time, and wait until each has reported."""
        with start_lock(self.settings.home.resolve(), self.name):
            self.prepare()
            for component in self.components:
                component.launch()
            for component in self.components:
                component.wait_until_ready()

    def stop(self) -> None:
        """Stop all; the API server last, because tasks that end report to it."""
        for component in reversed(self.components):
            component.signal_stop()
        for component in reversed(self.components):
            component.stop()

    def kill(self) -> None:
        """End all components and their tasks at once, as a crash would."""
        for component in self.components:
            component.kill()

    def health(self) -> dict[str, Any]:
        """Airflow's own report on its components; empty while it does not answer."""
        return self._get("/api/v2/monitor/health")

    def answers_tasks(self) -> bool:
        """Whether the part of the API that tasks talk to answers.

        It is built at the first request, which takes seconds: better now than in the first task.
        """
        return bool(self._get("/execution/health"))

    def _get(self, path: str) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - 127.0.0.1
                report: dict[str, Any] = json.load(answer)
                return report
        except (OSError, json.JSONDecodeError):
            return {}

    def environment(self) -> dict[str, str]:
        """Environment of every component, and so of every task."""
        return airflow_environment(self.settings, self.home, self.dags_folder)

    def __enter__(self) -> Self:
        self.start()
        self._is_guest = any(component.was_running for component in self.components)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._is_guest:
            self.stop()
