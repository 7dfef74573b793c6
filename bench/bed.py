"""The bed every measurement lies in: servers in a temporary home, databases, a simulated county."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from rich.console import Console

from infra.local.environment import process_environment
from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.kafka import create_topics
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import migrate
from simulator import Simulation, load_profile, simulate

START, AS_OF = dt.date(2022, 1, 1), dt.date(2023, 6, 30)
QUICK_SCALE = 0.02


class Bed:
    """Running PostgreSQL and Kafka, and what the sections share; made once by `made_bed`."""

    def __init__(
        self,
        settings: Settings,
        postgres: PostgresServer,
        console: Console,
        *,
        quick: bool,
        named: frozenset[str] = frozenset(),
    ) -> None:
        self.settings = settings
        self.postgres = postgres
        self.console = console
        self.quick = quick
        # Sections somebody asked for by name: they are measured whole, however long that takes.
        self.named = named
        self.kept = ExitStack()
        self._numbers = itertools.count(1)

    @functools.cached_property
    def county(self) -> Simulation:
        """The simulated county at full size, faults included; a small one for quick runs."""
        self.say("simulating the county")
        profile = load_profile("ceheng")
        return simulate(profile.scaled(QUICK_SCALE) if self.quick else profile, 1, START, AS_OF)

    def sized(self, full: int, quick: int) -> int:
        """The full number, or the small one for quick runs."""
        return quick if self.quick else full

    def say(self, text: str) -> None:
        """Tell the person who waits what goes on."""
        self.console.print(f"[dim]{text} ...[/dim]", highlight=False)

    @contextmanager
    def database(self, template: Settings | None = None) -> Iterator[Settings]:
        """Settings of a migrated database, or of a copy of another; dropped afterwards."""
        name = f"bench_{next(self._numbers)}"
        settings = self.settings.model_copy(
            update={"warehouse_url": self.postgres.address.replace("/livelihood?", f"/{name}?")}
        )
        self._create(name, template)
        try:
            if template is None:
                migrate(settings)
            yield settings
        finally:
            with self._administrator() as connection:
                connection.execute(
                    sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
                )

    @contextmanager
    def copy(self, original: Settings, home: Path | None = None) -> Iterator[Settings]:
        """A platform with a copy of the warehouse and of dbt's files, in an own home or this."""
        with (
            self.database(original) as copied,
            tempfile.TemporaryDirectory(prefix="livelihood-") as own,
        ):
            made = copied.model_copy(update={"home": home or Path(own)})
            if original.dbt_target.exists():
                shutil.copytree(original.dbt_target, made.dbt_target, dirs_exist_ok=True)
            yield made

    def _create(self, name: str, template: Settings | None) -> None:
        source = "template1" if template is None else _database(template)
        with self._administrator() as connection:
            connection.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(name), sql.Identifier(source)
                )
            )

    def _administrator(self) -> psycopg.Connection:
        url = self.postgres.address.replace("/livelihood?", "/postgres?")
        return psycopg.connect(url, autocommit=True)


def work(settings: Settings, *arguments: str, root: Path = ROOT) -> dict[str, Any]:
    """What `bench.worker` measured, in a process of its own that has these settings.

    With another `root` it is the code of that folder which is measured.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.worker", *arguments],
        cwd=root,
        env=process_environment(settings) | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"bench.worker {' '.join(arguments)} failed:\n{done.stdout}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextmanager
def made_bed(console: Console, *, quick: bool, named: frozenset[str]) -> Iterator[Bed]:
    """PostgreSQL and Kafka in a temporary home on free ports, with topics; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="livelihood-bench-"))
    settings = own_settings(home)
    try:
        with PostgresServer(settings) as postgres, KafkaServer(settings):
            create_topics(settings)
            bed = Bed(settings, postgres, console, quick=quick, named=named)
            with bed.kept:
                yield bed
    finally:
        shutil.rmtree(home, ignore_errors=True)


def own_settings(home: Path) -> Settings:
    """Settings of their own, whatever the shell or an .env file says."""
    kafka_port, kafka_controller_port, airflow_port = free_ports(3)
    return Settings(
        _env_file=None,
        home=home,
        warehouse_url=None,
        kafka_bootstrap_servers=None,
        kafka_port=kafka_port,
        kafka_controller_port=kafka_controller_port,
        airflow_port=airflow_port,
        as_of_date=AS_OF,
        token_key="a key for measurements, 32 bytes or more",
        alert_urls=[],
        load_batch_records=Settings.model_fields["load_batch_records"].default,
        load_transaction_records=Settings.model_fields["load_transaction_records"].default,
        retry_seconds=60,
        log_level="WARNING",
    )


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _database(settings: Settings) -> str:
    with psycopg.connect(settings.database_url()) as connection:
        return connection.info.dbname
