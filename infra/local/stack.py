"""The local stack as a whole, for the commands `livelihood up`, `down` and `status`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from infra.local.airflow import COMPONENTS, AirflowServers
from infra.local.home import prepare_home
from infra.local.kafka import KafkaServer
from infra.local.locks import command_lock
from infra.local.ports import require_different_ports, require_free_port
from infra.local.postgres import PostgresServer
from infra.local.process import LocalServer, ServerStatus
from infra.local.supervisor import Supervisor
from livelihood.interrupts import Interrupted
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
        self._cancelled = Event()
        self.airflow.cancelled = self._cancelled
        for server in (*self.servers, self.supervisor):
            server.cancelled = self._cancelled

    @property
    def servers(self) -> list[LocalServer]:
        """Every server that is supervised, each after those that it uses."""
        return [self.postgres, self.kafka, *self.airflow.components]

    @contextmanager
    def session(
        self, command: str, on_progress: Progress = lambda line: None, *, starts: bool = True
    ) -> Iterator[None]:
        """Keep other commands from starting or stopping this stack meanwhile.

        If the block is interrupted, stop the servers that it has started. A command that only
        stops servers (not `starts`) must also work while the disk is full.
        """
        if starts:
            prepare_home(self.postgres.home)
        with command_lock(self.postgres.home, command, on_progress):
            try:
                yield
            except Interrupted:
                self._undo(on_progress)
                raise

    def check(self, airflow: bool = True) -> None:
        """Raise LocalServerError, before anything is started, if a port cannot be used."""
        ports = {} if self.settings.kafka_bootstrap_servers else self.kafka.ports()
        if airflow:
            ports |= self.airflow.components[0].ports()
        require_different_ports(ports)
        for server in self.servers:
            if not server.is_running:
                for setting in server.ports().keys() & ports.keys():
                    require_free_port(ports[setting], setting, server.title)

    @contextmanager
    def airflow_starting(self, on_progress: Progress) -> Iterator[None]:
        """Start Airflow while the block runs, and wait until it answers. Raises like `up`."""
        with ThreadPoolExecutor(1) as pool, self._cancelled_by_interrupt():
            future = pool.submit(self.up, True, on_progress)
            yield
            future.result()

    def up(self, airflow: bool = True, on_progress: Progress = lambda line: None) -> None:
        """Start the servers that do not run and wait until all answer.

        `on_progress` receives one line per step. Raises LocalServerError; servers that have been
        started by then continue to run.
        """
        with ThreadPoolExecutor(2) as pool, self._cancelled_by_interrupt():
            futures = [pool.submit(self._start_database, airflow, on_progress)]
            if not self.settings.kafka_bootstrap_servers:
                futures.append(pool.submit(_start, self.kafka, on_progress))
            wait(futures)
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

    @contextmanager
    def _cancelled_by_interrupt(self) -> Iterator[None]:
        """End the starts in other threads if this one is interrupted."""
        try:
            yield
        except Interrupted:
            self._cancelled.set()
            raise

    def _undo(self, on_progress: Progress) -> None:
        """Stop the servers that this object has started, Airflow before the servers it uses."""
        started = [server for server in [self.supervisor, *self.servers] if server.was_spawned]
        if started:
            on_progress("interrupted: the servers that were started are stopped again")
        backends = (self.postgres, self.kafka)
        for group in (
            [server for server in started if server not in backends],
            [server for server in started if server in backends],
        ):
            for server in group:
                server.signal_stop()
            with ThreadPoolExecutor(len(COMPONENTS) + 1) as pool:
                list(pool.map(LocalServer.stop, group))

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
