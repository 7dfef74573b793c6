"""Two loaders of one stream: a frozen one that resumes, and two that start simultaneously."""

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
# A loader that is not refused would wait for the locks of the frozen one without end.
TIMEOUT_SECONDS = 90.0
# Allowed results of a frozen loader whose session was ended, and of one whose session is open.
SESSION_ENDED = {"LoadFenced", "WarehouseUnavailable"}
# Its lease lasts as long as its session, so no other loader overtakes it.
SESSION_OPEN = {"after read": {DONE}, "before commit": {DONE}}
REFUSED_OR_DONE = {DONE, "StageBusy", "LoadFenced"}


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Freeze loaders at three points, with the session ended and open; then start two together."""
    rounds = environment.sized(8, 1)
    outcomes = [
        _frozen(environment, point, rounds, end_session=True)
        for point in ("after read", "during COPY", "before commit")
    ]
    outcomes += [_frozen(environment, point, rounds, end_session=False) for point in SESSION_OPEN]
    return [*outcomes, _loaders(environment, environment.sized(40, 3))]


def end_sessions(settings: Settings) -> int:
    """Terminate all other sessions of the database, as an operator or a TCP timeout would."""
    with connect(settings, autocommit=True) as connection:
        return connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        ).rowcount


def _frozen(
    environment: FaultEnvironment, point: str, rounds: int, *, end_session: bool
) -> Outcome:
    session = "its session ended" if end_session else "its session open"
    outcome = Outcome(f"loader frozen {point}, {session}, then resumed")
    environment.log(outcome.fault)
    allowed = SESSION_ENDED if end_session else SESSION_OPEN[point]
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        inventory = Inventory(settings, STREAM)
        for _ in range(rounds):
            inventory.send(inventory.values(RECORDS, bad=[1, 7]))
            first = FIRST_OF_A_LOAD.get(point, 1)
            frozen = start(load_until_signal, settings, STREAM, point, first, signal.SIGSTOP)
            outcome.times += frozen.wait_until_frozen()
            if end_session:
                end_sessions(settings)
            began = time.monotonic()
            second = start(load, settings, STREAM).result(TIMEOUT_SECONDS)
            outcome.record_recovery(time.monotonic() - began)
            frozen.resume()
            expect_statuses(outcome, [second], REFUSED_OR_DONE)
            expect_statuses(outcome, [frozen.result(TIMEOUT_SECONDS)], allowed)
            load(settings, STREAM)
            if outcome.unexpected:
                break
        return inventory.close(outcome)


def _loaders(environment: FaultEnvironment, rounds: int) -> Outcome:
    outcome = Outcome("two loaders started simultaneously")
    environment.log(outcome.fault)
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        inventory = Inventory(settings, STREAM)
        for _ in range(rounds):
            inventory.send(inventory.values(RECORDS, bad=[3]))
            results = run_concurrently(TIMEOUT_SECONDS, load, settings, STREAM)
            outcome.times += 1
            expect_statuses(outcome, results, REFUSED_OR_DONE)
            if outcome.unexpected:
                break
        load(settings, STREAM)
        return inventory.close(outcome)
