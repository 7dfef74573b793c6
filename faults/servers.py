"""Servers killed and started again, connections cut, a disk that is full: while the stages work."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.topics import skip_waiting
from faults.bed import Bed
from faults.children import DONE, Aim, judge, start
from faults.ledger import Ledger
from faults.loader import SMALL, STREAM
from faults.outcome import Outcome
from faults.rivals import end_sessions
from infra.local.postgres import PostgresServer
from infra.local.process import LocalServer
from infra.local.process_tree import is_alive
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import migrate

RECORDS = 6_000
LOADING = {DONE, "WarehouseUnavailable", "BrokerUnavailable"}
CHUNKS = 60
# Large enough for PostgreSQL and its log, small enough to be filled in a moment.
DISK_MEGABYTES = 320
LEFT_MEGABYTES = 2


def run(bed: Bed) -> list[Outcome]:
    """Kafka and PostgreSQL killed while records are sent and loaded; then the disk."""
    rounds = bed.sized(10, 1)
    outcomes = [
        _kafka_while_sending(bed, bed.sized(6, 1)),
        _while_loading(bed, "Kafka killed during load", rounds, lambda _: restart(bed.kafka)),
        _while_loading(
            bed, "PostgreSQL killed during load", rounds, lambda _: restart(bed.postgres)
        ),
        _while_loading(
            bed, "postmaster alone killed during load", rounds, lambda _: _behead(bed.postgres)
        ),
        _while_loading(bed, "connections cut during load", bed.sized(40, 3), end_sessions),
    ]
    return [*outcomes, _full_disk(bed, bed.sized(3, 1))]


def restart(server: LocalServer) -> None:
    """SIGKILL to the server and all its processes, and a start at once."""
    server.kill()
    server.start()


def _behead(postgres: PostgresServer) -> None:
    """SIGKILL to the postmaster alone: its children find out, while a new one starts."""
    process = postgres.process()
    if process is not None:
        process.kill()
        while is_alive(process):
            time.sleep(0.001)
    postgres.start()


def _kafka_while_sending(bed: Bed, kills: int) -> Outcome:
    outcome = Outcome("Kafka killed during produce")
    bed.say(outcome.fault)
    aim = Aim(bed.chance(outcome.fault))
    with bed.platform() as settings:
        ledger = Ledger(settings, STREAM)
        for _ in outcome.tries(kills):
            chunks = [ledger.values(RECORDS // CHUNKS) for _ in range(CHUNKS)]
            sending = threading.Thread(target=lambda sent=chunks: list(map(ledger.send, sent)))
            sending.start()
            outcome.times += aim.meets(sending)
            began = time.monotonic()
            restart(bed.kafka)
            sending.join()
            load(settings, STREAM)
            outcome.recovered(time.monotonic() - began)
        return ledger.close(outcome)


def _while_loading(
    bed: Bed, fault: str, rounds: int, strike: Callable[[Settings], object]
) -> Outcome:
    outcome = Outcome(fault)
    bed.say(fault)
    aim = Aim(bed.chance(fault))
    with bed.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        ledger = Ledger(settings, STREAM)
        for _ in outcome.tries(rounds):
            ledger.send(ledger.values(RECORDS // 2, bad=[11]))
            child = start(load, settings, STREAM)
            outcome.times += aim.meets(child)
            began = time.monotonic()
            strike(settings)
            judge(outcome, [child.ending()], LOADING)
            load(settings, STREAM)
            outcome.recovered(time.monotonic() - began)
        return ledger.close(outcome)


def _full_disk(bed: Bed, rounds: int) -> Outcome:
    outcome = Outcome("disk of the warehouse full during load")
    bed.say(outcome.fault)
    with _small_warehouse(bed) as (settings, postgres):
        ledger = Ledger(settings, STREAM)
        ballast = postgres.data_path / "ballast"
        for _ in range(rounds):
            ledger.send(ledger.values(RECORDS * 2))
            _fill(ballast)
            ending = start(load, settings, STREAM).ending()
            outcome.times += ending.how != DONE
            judge(outcome, [ending], {"WarehouseUnavailable"})
            began = time.monotonic()
            ballast.unlink()
            # It may have stopped itself, when there was no room for its log.
            postgres.start()
            load(settings, STREAM)
            outcome.recovered(time.monotonic() - began)
        return ledger.close(outcome)


@contextmanager
def _small_warehouse(bed: Bed) -> Iterator[tuple[Settings, PostgresServer]]:
    """A PostgreSQL of its own whose data lie on a small disk in memory; needs root."""
    with tempfile.TemporaryDirectory(prefix="livelihood-disk-") as folder:
        settings = bed.settings.model_copy(
            update={
                "home": Path(folder),
                "kafka_bootstrap_servers": bed.settings.bootstrap_servers,
                "retry_seconds": 20.0,
                **SMALL,
            }
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
    """A file that takes all but the last of the disk."""
    disk = os.statvfs(ballast.parent)
    size = disk.f_bavail * disk.f_frsize - LEFT_MEGABYTES * 1024 * 1024
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(size, 1))
