"""The loader killed (SIGKILL) at random times and at every named point."""

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
# Small batches, so that one load reaches each point several times.
SMALL = {"load_batch_records": 60, "load_transaction_records": 120}
# After this many kills a load runs undisturbed, which measures the recovery.
KILLS_BETWEEN_RECOVERIES = 20


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Kill a thousand loads in the long form, two fifths of them at random times."""
    outcomes = [_killed_at_random(environment, environment.sized(400, 8))]
    for point in POINTS:
        outcomes.append(_killed_at(environment, point, environment.sized(120, 3)))
    return outcomes


def _killed_at(environment: FaultEnvironment, point: str, kills: int) -> Outcome:
    generator = environment.random_generator(f"loader {point}")
    first = FIRST_OF_A_LOAD.get(point, 1)

    def kill(settings: Settings) -> WorkerProcess:
        occurrence = generator.randint(first, first + 1)
        return start(load_until_signal, settings, STREAM, point, occurrence, signal.SIGKILL)

    return _repeat(environment, f"loader killed {point}", kills, generator, kill)


def _killed_at_random(environment: FaultEnvironment, kills: int) -> Outcome:
    generator = environment.random_generator("loader at random")
    start(int).join()
    timer = StrikeTimer(generator)

    def kill(settings: Settings) -> WorkerProcess:
        process = start(load, settings, STREAM)
        timer.interrupts(process)
        process.kill()
        return process

    return _repeat(environment, "loader killed at random", kills, generator, kill)


def _repeat(
    environment: FaultEnvironment,
    fault: str,
    kills: int,
    generator: random.Random,
    kill: Callable[[Settings], WorkerProcess],
) -> Outcome:
    """Send records and kill a load repeatedly; then load undisturbed and compare."""
    environment.log(f"{fault}, {kills} times")
    outcome = Outcome(fault)
    with environment.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        inventory = Inventory(settings, STREAM)
        for attempt in outcome.tries(kills):
            bad = [
                position for position in range(RECORDS_PER_LOAD) if generator.random() < BAD_SHARE
            ]
            inventory.send(inventory.values(RECORDS_PER_LOAD, bad))
            outcome.times += kill(settings).result().status == KILLED
            if outcome.times == kills or attempt % KILLS_BETWEEN_RECOVERIES == 0:
                began = time.monotonic()
                load(settings, STREAM)
                outcome.record_recovery(time.monotonic() - began)
        outcome.expect(
            outcome.times == kills,
            "most kills struck after the load had ended, which tests nothing",
        )
        load(settings, STREAM)
        return inventory.close(outcome)
