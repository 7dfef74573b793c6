"""The loader killed (SIGKILL) at random instants and at every named one."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.kill_points import FIRST_OF_A_LOAD, POINTS, load_until_signal
from faults.outcome import Outcome
from faults.processes import KILLED, StrikeTimer, WorkerProcess, start
from livelihood.load import load
from livelihood.settings import Settings

STREAM = "wage_payment"
RECORDS_PER_LOAD = 240
BAD_SHARE = 0.02
# Small batches: one load passes each point several times.
SMALL = {"load_batch_records": 60, "load_transaction_records": 120}
# A load undisturbed, every so many kills: how long until all is well again?
KILLS_BETWEEN_RECOVERIES = 20


def run(environment: FaultEnvironment) -> list[Outcome]:
    """A thousand kills in the long form, two fifths of them at random instants."""
    outcomes = [_killed_at_random(environment, environment.sized(400, 8))]
    for point in POINTS:
        outcomes.append(_killed_at(environment, point, environment.sized(120, 3)))
    return outcomes


def _killed_at(environment: FaultEnvironment, point: str, kills: int) -> Outcome:
    chance = environment.random(f"loader {point}")
    first = FIRST_OF_A_LOAD.get(point, 1)

    def kill(settings: Settings) -> WorkerProcess:
        occurrence = chance.randint(first, first + 1)
        return start(load_until_signal, settings, STREAM, point, occurrence, signal.SIGKILL)

    return _repeat(environment, f"loader killed {point}", kills, chance, kill)


def _killed_at_random(environment: FaultEnvironment, kills: int) -> Outcome:
    chance = environment.random("loader at random")
    start(int).join()
    timer = StrikeTimer(chance)

    def kill(settings: Settings) -> WorkerProcess:
        process = start(load, settings, STREAM)
        timer.interrupts(process)
        process.kill()
        return process

    return _repeat(environment, "loader killed at random", kills, chance, kill)


def _repeat(
    environment: FaultEnvironment,
    fault: str,
    kills: int,
    chance: random.Random,
    kill: Callable[[Settings], WorkerProcess],
) -> Outcome:
    """Send, kill a load, send, kill the next; then load undisturbed and compare."""
    environment.log(f"{fault}, {kills} times")
    outcome = Outcome(fault)
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        inventory = Inventory(settings, STREAM)
        for attempt in outcome.tries(kills):
            bad = [place for place in range(RECORDS_PER_LOAD) if chance.random() < BAD_SHARE]
            inventory.send(inventory.values(RECORDS_PER_LOAD, bad))
            outcome.times += kill(settings).result().status == KILLED
            if outcome.times == kills or attempt % KILLS_BETWEEN_RECOVERIES == 0:
                began = time.monotonic()
                load(settings, STREAM)
                outcome.record_recovery(time.monotonic() - began)
        outcome.expect(outcome.times == kills, "most kills came after the work was done: no test")
        load(settings, STREAM)
        return inventory.close(outcome)
