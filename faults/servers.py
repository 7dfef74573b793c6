"""Servers killed and restarted, connections cut and a disk filled while stages are running."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faults import broker_memory
from faults.concurrency import end_sessions
from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.loader import SMALL, STREAM
from faults.outcome import Outcome
from faults.processes import DONE, StrikeTimer, expect_statuses, start
from infra.local.postgres import PostgresServer
from infra.local.process import LocalServer
from infra.local.process_tree import is_alive
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import migrate
from testkit.servers import move_home
from testkit.topics import skip_waiting

RECORDS = 6_000
LOADING = {DONE, "WarehouseUnavailable", "BrokerUnavailable"}
CHUNKS = 60
# Large enough for PostgreSQL and its log, small enough to be filled quickly.
DISK_MEGABYTES = 320
FREE_MEGABYTES = 2


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Kill Kafka and PostgreSQL while records are sent and loaded; then fill the disk."""
    rounds = environment.sized(10, 1)
    outcomes = [
        _kafka_while_sending(environment, environment.sized(6, 1)),
        _while_loading(
            environment, "Kafka killed during load", rounds, lambda _: restart(environment.kafka)
        ),
        _while_loading(
            environment,
            "PostgreSQL killed during load",
            rounds,
            lambda _: restart(environment.postgres),
        ),
        _while_loading(
            environment,
            "postmaster alone killed during load",
            rounds,
            lambda _: _kill_postmaster(environment.postgres),
        ),
        _while_loading(
            environment, "connections cut during load", environment.sized(40, 3), end_sessions
        ),
    ]
    if not environment.is_short:
        outcomes.append(broker_memory.run(environment, 3))
    return [*outcomes, _full_disk(environment, environment.sized(3, 1))]


def restart(server: LocalServer) -> None:
    """Kill the server with all its processes (SIGKILL) and start it immediately."""
    server.kill()
    server.start()


def _kill_postmaster(postgres: PostgresServer) -> None:
    """Kill only the postmaster. Its child processes end while a new one starts."""
    process = postgres.process()
    if process is not None:
        process.kill()
        while is_alive(process):
            time.sleep(0.001)
    postgres.start()


def _kafka_while_sending(environment: FaultEnvironment, kills: int) -> Outcome:
    outcome = Outcome("Kafka killed during produce")
    environment.log(outcome.fault)
    timer = StrikeTimer(environment.random_generator(outcome.fault))
    with environment.platform() as settings:
        inventory = Inventory(settings, STREAM)
        for _ in outcome.tries(kills):
            chunks = [inventory.values(RECORDS // CHUNKS) for _ in range(CHUNKS)]
            sending = threading.Thread(target=lambda sent=chunks: list(map(inventory.send, sent)))
            sending.start()
            outcome.times += timer.interrupts(sending)
            began = time.monotonic()
            restart(environment.kafka)
            sending.join()
            load(settings, STREAM)
            outcome.record_recovery(time.monotonic() - began)
        return inventory.close(outcome)


def _while_loading(
    environment: FaultEnvironment, fault: str, rounds: int, strike: Callable[[Settings], object]
) -> Outcome:
    outcome = Outcome(fault)
    environment.log(fault)
    timer = StrikeTimer(environment.random_generator(fault))
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        inventory = Inventory(settings, STREAM)
        for _ in outcome.tries(rounds):
            inventory.send(inventory.values(RECORDS // 2, bad=[11]))
            process = start(load, settings, STREAM)
            outcome.times += timer.interrupts(process)
            began = time.monotonic()
            strike(settings)
            expect_statuses(outcome, [process.result()], LOADING)
            load(settings, STREAM)
            outcome.record_recovery(time.monotonic() - began)
        return inventory.close(outcome)


def _full_disk(environment: FaultEnvironment, rounds: int) -> Outcome:
    outcome = Outcome("disk of the warehouse full during load")
    environment.log(outcome.fault)
    with _small_warehouse(environment) as (settings, postgres):
        inventory = Inventory(settings, STREAM)
        ballast = postgres.data_path / "ballast"
        for _ in range(rounds):
            inventory.send(inventory.values(RECORDS * 2))
            _fill(ballast)
            result = start(load, settings, STREAM).result()
            outcome.times += result.status != DONE
            expect_statuses(outcome, [result], {"WarehouseUnavailable"})
            began = time.monotonic()
            ballast.unlink()
            # It may have stopped because there was no space for its log.
            postgres.start()
            load(settings, STREAM)
            outcome.record_recovery(time.monotonic() - began)
        return inventory.close(outcome)


@contextmanager
def _small_warehouse(environment: FaultEnvironment) -> Iterator[tuple[Settings, PostgresServer]]:
    """Yield a separate PostgreSQL whose data are on a small disk in memory; requires root."""
    with tempfile.TemporaryDirectory(prefix="livelihood-disk-") as folder:
        settings = move_home(environment.settings, Path(folder)).model_copy(
            update={"retry_seconds": 20.0, **SMALL}
        )
        postgres = PostgresServer(settings)
        postgres.data_path.mkdir()
        size = f"size={DISK_MEGABYTES}m"
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(postgres.data_path)], check=True
        )
        try:
            postgres.start()
            migrate(settings)
            skip_waiting(settings)
            yield settings, postgres
        finally:
            postgres.stop()
            subprocess.run(["umount", str(postgres.data_path)], check=True)


def _fill(ballast: Path) -> None:
    """Write a file that fills the disk except for some megabytes."""
    disk = os.statvfs(ballast.parent)
    size = disk.f_bavail * disk.f_frsize - FREE_MEGABYTES * 1024 * 1024
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(size, 1))
