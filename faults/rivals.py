"""Two loaders at work: frozen ones that come back as zombies, and two that start at once."""

from __future__ import annotations

import signal
import time

from faults.bed import Bed
from faults.children import DONE, at_once, judge, start
from faults.ledger import Ledger
from faults.loader import SMALL, STREAM
from faults.outcome import Outcome
from faults.points import FIRST_OF_A_LOAD, load_until
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect

RECORDS = 400
# Whoever is not turned away from what a frozen loader holds waits for it, and for ever.
PATIENCE_SECONDS = 90.0
# What may become of a loader that was frozen: with its session gone, and with it still open.
SESSION_GONE = {"LoadFenced", "WarehouseUnavailable"}
# Between reading and writing it holds no lock, so that another may go past it.
SESSION_OPEN = {"after read": {"LoadFenced"}, "before commit": {DONE}}
TURNED_AWAY = {DONE, "StageBusy", "LoadFenced"}


def run(bed: Bed) -> list[Outcome]:
    """Frozen at three points, with the session ended and open; then two at once."""
    rounds = bed.sized(8, 1)
    outcomes = [
        _frozen(bed, point, rounds, end_session=True)
        for point in ("after read", "during COPY", "before commit")
    ]
    outcomes += [_frozen(bed, point, rounds, end_session=False) for point in SESSION_OPEN]
    return [*outcomes, _loaders(bed, bed.sized(40, 3))]


def end_sessions(settings: Settings) -> int:
    """End all other sessions of the database, as an operator or a timeout of TCP would."""
    with connect(settings, autocommit=True) as connection:
        return connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        ).rowcount


def _frozen(bed: Bed, point: str, rounds: int, *, end_session: bool) -> Outcome:
    how = "its session ended" if end_session else "its session open"
    outcome = Outcome(f"loader frozen {point}, {how}, then awake")
    bed.say(outcome.fault)
    allowed = SESSION_GONE if end_session else SESSION_OPEN[point]
    with bed.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        ledger = Ledger(settings, STREAM)
        for _ in range(rounds):
            ledger.send(ledger.values(RECORDS, bad=[1, 7]))
            first = FIRST_OF_A_LOAD.get(point, 1)
            zombie = start(load_until, settings, STREAM, point, first, signal.SIGSTOP)
            outcome.times += zombie.wait_until_frozen()
            if end_session:
                end_sessions(settings)
            began = time.monotonic()
            other = start(load, settings, STREAM).ending(PATIENCE_SECONDS)
            outcome.recovered(time.monotonic() - began)
            zombie.resume()
            judge(outcome, [other], TURNED_AWAY)
            judge(outcome, [zombie.ending(PATIENCE_SECONDS)], allowed)
            load(settings, STREAM)
            if outcome.unexpected:
                break
        return ledger.close(outcome)


def _loaders(bed: Bed, rounds: int) -> Outcome:
    outcome = Outcome("two loaders started at once")
    bed.say(outcome.fault)
    with bed.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        ledger = Ledger(settings, STREAM)
        for _ in range(rounds):
            ledger.send(ledger.values(RECORDS, bad=[3]))
            endings = at_once(PATIENCE_SECONDS, load, settings, STREAM)
            outcome.times += 1
            judge(outcome, endings, TURNED_AWAY)
            if outcome.unexpected:
                break
        load(settings, STREAM)
        return ledger.close(outcome)
