"""Two loaders at work: frozen ones that come back as zombies, and two that start at once."""

from __future__ import annotations

import signal
import time

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.kill_points import FIRST_OF_A_LOAD, load_until_signal
from faults.loader import SMALL, STREAM
from faults.outcome import Outcome
from faults.processes import DONE, expect_statuses, run_concurrently, start
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect

RECORDS = 400
# Whoever is not turned away from what a frozen loader holds waits for it, and for ever.
TIMEOUT_SECONDS = 90.0
# What may become of a loader that was frozen: with its session gone, and with it still open.
SESSION_GONE = {"LoadFenced", "WarehouseUnavailable"}
# Between reading and writing it holds no lock, so that another may go past it.
SESSION_OPEN = {"after read": {"LoadFenced"}, "before commit": {DONE}}
TURNED_AWAY = {DONE, "StageBusy", "LoadFenced"}


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Frozen at three points, with the session ended and open; then two at once."""
    rounds = environment.sized(8, 1)
    outcomes = [
        _frozen(environment, point, rounds, end_session=True)
        for point in ("after read", "during COPY", "before commit")
    ]
    outcomes += [_frozen(environment, point, rounds, end_session=False) for point in SESSION_OPEN]
    return [*outcomes, _loaders(environment, environment.sized(40, 3))]


def end_sessions(settings: Settings) -> int:
    """End all other sessions of the database, as an operator or a timeout of TCP would."""
    with connect(settings, autocommit=True) as connection:
        return connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        ).rowcount


def _frozen(
    environment: FaultEnvironment, point: str, rounds: int, *, end_session: bool
) -> Outcome:
    how = "its session ended" if end_session else "its session open"
    outcome = Outcome(f"loader frozen {point}, {how}, then awake")
    environment.log(outcome.fault)
    allowed = SESSION_GONE if end_session else SESSION_OPEN[point]
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        inventory = Inventory(settings, STREAM)
        for _ in range(rounds):
            inventory.send(inventory.values(RECORDS, bad=[1, 7]))
            first = FIRST_OF_A_LOAD.get(point, 1)
            zombie = start(load_until_signal, settings, STREAM, point, first, signal.SIGSTOP)
            outcome.times += zombie.wait_until_frozen()
            if end_session:
                end_sessions(settings)
            began = time.monotonic()
            other = start(load, settings, STREAM).result(TIMEOUT_SECONDS)
            outcome.record_recovery(time.monotonic() - began)
            zombie.resume()
            expect_statuses(outcome, [other], TURNED_AWAY)
            expect_statuses(outcome, [zombie.result(TIMEOUT_SECONDS)], allowed)
            load(settings, STREAM)
            if outcome.unexpected:
                break
        return inventory.close(outcome)


def _loaders(environment: FaultEnvironment, rounds: int) -> Outcome:
    outcome = Outcome("two loaders started at once")
    environment.log(outcome.fault)
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        inventory = Inventory(settings, STREAM)
        for _ in range(rounds):
            inventory.send(inventory.values(RECORDS, bad=[3]))
            results = run_concurrently(TIMEOUT_SECONDS, load, settings, STREAM)
            outcome.times += 1
            expect_statuses(outcome, results, TURNED_AWAY)
            if outcome.unexpected:
                break
        load(settings, STREAM)
        return inventory.close(outcome)
