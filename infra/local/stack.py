"""The local stack as a whole, for the commands `livelihood up`, `down` and `status`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from infra.local.airflow import AirflowServers
from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from infra.local.process import LocalServer, ServerStatus
from infra.local.supervisor import Supervisor
from livelihood.settings import ROOT, Settings

Progress = Callable[[str], None]


class Stack:
    """PostgreSQL, Kafka and Airflow of one home folder, and the supervisor that restarts them.

    External servers are ignored.
    """

    def __init__(self, settings: Settings, dags_folder: Path = ROOT / "dags") -> None:
        self.settings = settings
        self.postgres = PostgresServer(settings)
        self.kafka = KafkaServer(settings)
        self.airflow = AirflowServers(settings, dags_folder)
        self.supervisor = Supervisor(settings, dags_folder)

    @property
    def servers(self) -> list[LocalServer]:
        """Every server that is supervised, each after those that it uses."""
        return [self.postgres, self.kafka, *self.airflow.components]

    def up(self, airflow: bool = True, on_progress: Progress = lambda line: None) -> None:
        """Start the servers that do not run and wait until all answer.

        `on_progress` receives one line per step. Raises LocalServerError; servers that have been
        started by then continue to run.
        """
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(self._start_database, airflow, on_progress)]
            if not self.settings.kafka_bootstrap_servers:
                futures.append(pool.submit(_start, self.kafka, on_progress))
        for future in futures:
            future.result()
        if airflow:
            with _reported("Airflow", self.airflow.url, self.airflow.is_running, on_progress):
                self.airflow.start()
        self.supervisor.start()

    def restart(self, name: str) -> None:
        """Start the server of this name; a component of Airflow with all others that do not run."""
        for server in self.servers:
            if server.name == name:
                owner = self.airflow if server in self.airflow.components else server
                owner.start()

    def down(self, on_progress: Progress = lambda line: None) -> None:
        """Stop all running servers, Airflow before the servers it uses."""
        self.supervisor.stop()
        if any(status.is_running for status in self.airflow.status()):
            self.airflow.stop()
            on_progress("Airflow has stopped")
        running = [server for server in (self.kafka, self.postgres) if server.is_running]
        with ThreadPoolExecutor(2) as pool:
            # Also those that have died: what is stopped is not restarted by the next supervisor.
            list(pool.map(LocalServer.stop, self.servers))
        for server in running:
            on_progress(f"{server.title} has stopped")

    def status(self) -> dict[str, ServerStatus]:
        """Return the status of each server of this home folder, by name."""
        statuses = [server.status() for server in [*self.servers, self.supervisor]]
        return {status.name: self.supervisor.with_restarts(status) for status in statuses}

    def _start_database(self, airflow: bool, on_progress: Progress) -> None:
        """Start PostgreSQL if needed and prepare Airflow in it, while Kafka starts."""
        if airflow or not self.settings.warehouse_url:
            _start(self.postgres, on_progress)
        if airflow:
            self.airflow.prepare()


def _start(server: LocalServer, on_progress: Progress) -> None:
    with _reported(server.title, server.address, server.is_running, on_progress):
        server.start()


@contextmanager
def _reported(title: str, address: str, was_running: bool, on_progress: Progress) -> Iterator[None]:
    """Report that a server starts, and how long the start took."""
    if not was_running:
        on_progress(f"{title} is starting")
    began = time.monotonic()
    yield
    took = "was running" if was_running else f"ready after {time.monotonic() - began:.1f} s"
    on_progress(f"{title} {took}: {address}")
