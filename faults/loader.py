"""The loader killed (SIGKILL) at random instants and at every named one."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable

from faults.bed import Bed
from faults.children import KILLED, Aim, Child, start
from faults.ledger import Ledger
from faults.outcome import Outcome
from faults.points import FIRST_OF_A_LOAD, POINTS, load_until
from livelihood.load import load
from livelihood.settings import Settings

STREAM = "wage_payment"
RECORDS_PER_LOAD = 240
BAD_SHARE = 0.02
# Small batches: one load passes each point several times.
SMALL = {"load_batch_records": 60, "load_transaction_records": 120}
# A load undisturbed, every so many kills: how long until all is well again?
KILLS_BETWEEN_RECOVERIES = 20


def run(bed: Bed) -> list[Outcome]:
    """A thousand kills in the long form, two fifths of them at random instants."""
    outcomes = [_killed_at_random(bed, bed.sized(400, 8))]
    for point in POINTS:
        outcomes.append(_killed_at(bed, point, bed.sized(120, 3)))
    return outcomes


def _killed_at(bed: Bed, point: str, kills: int) -> Outcome:
    chance = bed.chance(f"loader {point}")
    first = FIRST_OF_A_LOAD.get(point, 1)

    def kill(settings: Settings) -> Child:
        occurrence = chance.randint(first, first + 1)
        return start(load_until, settings, STREAM, point, occurrence, signal.SIGKILL)

    return _repeat(bed, f"loader killed {point}", kills, chance, kill)


def _killed_at_random(bed: Bed, kills: int) -> Outcome:
    chance = bed.chance("loader at random")
    start(int).join()
    aim = Aim(chance)

    def kill(settings: Settings) -> Child:
        child = start(load, settings, STREAM)
        aim.meets(child)
        child.kill()
        return child

    return _repeat(bed, "loader killed at random", kills, chance, kill)


def _repeat(
    bed: Bed, fault: str, kills: int, chance: random.Random, kill: Callable[[Settings], Child]
) -> Outcome:
    """Send, kill a load, send, kill the next; then load undisturbed and compare."""
    bed.say(f"{fault}, {kills} times")
    outcome = Outcome(fault)
    with bed.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        ledger = Ledger(settings, STREAM)
        for attempt in outcome.tries(kills):
            bad = [place for place in range(RECORDS_PER_LOAD) if chance.random() < BAD_SHARE]
            ledger.send(ledger.values(RECORDS_PER_LOAD, bad))
            outcome.times += kill(settings).ending().how == KILLED
            if outcome.times == kills or attempt % KILLS_BETWEEN_RECOVERIES == 0:
                began = time.monotonic()
                load(settings, STREAM)
                outcome.recovered(time.monotonic() - began)
        outcome.expect(outcome.times == kills, "most kills came after the work was done: no test")
        load(settings, STREAM)
        return ledger.close(outcome)
