"""Airflow killed, one process or one task at a time: nothing waits longer than until the sweep."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.outcome import Outcome
from infra.local.airflow import AirflowServers
from infra.local.process_tree import kill_all, with_descendants
from livelihood.load.backlog import backlog
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.airflow import wait_until_idle
from testkit.topics import skip_waiting

RECORDS = 200
# Shorter than a platform's usual interval, so that waiting for the sweep takes no five minutes.
SWEEP_MINUTES = 2
# What an event takes when nothing is killed, on a machine that is busy with starting Airflow again.
PASSAGE_SECONDS = 60.0
TIMEOUT_SECONDS = 900.0
POLL_SECONDS = 0.25
LOOK_SECONDS = 0.005
# What a process has forked ends with it.
ORPHAN_SECONDS = 5.0
# How Airflow names the processes that run tasks, and those that watch over them or wait for work.
WORKER, SUPERVISOR, IDLE = "airflow worker -- ", "airflow worker -- LocalExecutor", "<idle>"

Strike = Callable[[AirflowServers, random.Random, Outcome], bool]


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Each fault on a stream of its own, so that its records can be told from the others'."""
    with _running(environment) as airflow:
        again = partial(_repeat, environment, airflow)
        return [
            again("employment", "Airflow's scheduler killed", 2, partial(_kill, "scheduler")),
            again("training", "Airflow's triggerer killed", 2, partial(_kill, "triggerer")),
            again("labour_case", "Airflow's API server killed", 1, partial(_kill, "api-server")),
            again("wage_payment", "a task of Airflow killed", 4, partial(_kill_one, _is_task)),
            again(
                "startup_loan", "a task's supervisor killed", 1, partial(_kill_one, _is_supervisor)
            ),
            _until_the_sweep(environment, airflow, "social_insurance"),
        ]


@contextmanager
def _running(environment: FaultEnvironment) -> Iterator[AirflowServers]:
    """Yield Airflow with an empty platform, in the home of the PostgreSQL that Airflow uses too."""
    with environment.database() as own:
        settings = own.model_copy(update={"sweep_minutes": SWEEP_MINUTES})
        skip_waiting(settings)
        environment.log("starting Airflow")
        with AirflowServers(settings) as airflow:
            wait_until_idle(settings)
            yield airflow


def _repeat(
    environment: FaultEnvironment,
    airflow: AirflowServers,
    stream: str,
    fault: str,
    times: int,
    strike: Strike,
) -> Outcome:
    """Send, strike, start again what is gone, and wait until all of it is published."""
    environment.log(fault)
    outcome, chance = Outcome(fault), environment.random(fault)
    inventory = Inventory(airflow.settings, stream)
    for _ in range(times):
        inventory.send(inventory.values(RECORDS))
        outcome.times += strike(airflow, chance, outcome)
        began = time.monotonic()
        airflow.start()
        inventory.send(inventory.values(RECORDS, bad=[7]))
        _expect_soon(outcome, airflow.settings, stream, began)
        wait_until_idle(airflow.settings)
    return inventory.close(outcome)


def _until_the_sweep(
    environment: FaultEnvironment, airflow: AirflowServers, stream: str
) -> Outcome:
    """Nobody starts the triggerer again: the sweep alone finds what waits."""
    outcome = Outcome("Airflow's triggerer gone for good")
    environment.log(outcome.fault)
    inventory = Inventory(airflow.settings, stream)
    outcome.times += _kill("triggerer", airflow, environment.random(outcome.fault), outcome)
    began = time.monotonic()
    inventory.send(inventory.values(RECORDS))
    _expect_soon(outcome, airflow.settings, stream, began)
    airflow.start()
    return inventory.close(outcome)


def _expect_soon(outcome: Outcome, settings: Settings, stream: str, began: float) -> None:
    """Wait until the stream is published; it must not take longer than the sweep's interval."""
    while not _is_published(settings, stream):
        if time.monotonic() - began > TIMEOUT_SECONDS:
            outcome.expect(False, f"nothing was published within {TIMEOUT_SECONDS:.0f} s")
            return
        time.sleep(POLL_SECONDS)
    seconds = time.monotonic() - began
    outcome.record_recovery(seconds)
    allowed = settings.sweep_minutes * 60 + PASSAGE_SECONDS
    outcome.expect(seconds <= allowed, f"published after {seconds:.0f} s, {allowed:.0f} allowed")


def _is_published(settings: Settings, stream: str) -> bool:
    """Whether nothing of the stream waits and the newest release holds its newest load."""
    if backlog(settings)[stream]:
        return False
    with connect(settings, autocommit=True) as connection:
        row = connection.execute(_PUBLISHED, [stream, stream]).fetchone()
    return row == (True,)


def _kill(name: str, airflow: AirflowServers, chance: random.Random, outcome: Outcome) -> bool:
    """SIGKILL to a component alone, while the first tasks may be running."""
    time.sleep(chance.uniform(0.0, 6.0))
    process = _process(airflow, name)
    if process is None:
        return False
    family = with_descendants(process)
    kill_all(family[:1])
    _, orphans = psutil.wait_procs(family[1:], timeout=ORPHAN_SECONDS)
    outcome.expect(not orphans, f"{len(orphans)} processes outlived the {name}")
    kill_all(orphans)
    return True


def _kill_one(
    is_meant: Callable[[str], bool], airflow: AirflowServers, chance: random.Random, _: Outcome
) -> bool:
    """SIGKILL to a process of the event's passage, of the load or a task after it, by its title."""
    time.sleep(chance.uniform(0.0, 8.0))
    scheduler = _process(airflow, "scheduler")
    deadline = time.monotonic() + PASSAGE_SECONDS
    while scheduler is not None and time.monotonic() < deadline:
        for process in with_descendants(scheduler):
            if is_meant(_title(process)):
                process.kill()
                return True
        time.sleep(LOOK_SECONDS)
    return False


def _is_task(title: str) -> bool:
    return title.startswith(WORKER) and not title.startswith(SUPERVISOR)


def _is_supervisor(title: str) -> bool:
    """Of one that watches over a task: when it is gone the task is too, and nobody says so."""
    return title.startswith(SUPERVISOR) and not title.endswith(IDLE)


def _title(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline()).strip()
    return ""


def _process(airflow: AirflowServers, name: str) -> psutil.Process | None:
    return next(one for one in airflow.components if one.component == name).process()


_PUBLISHED = """
    select (select max(load_id) from ops.load where stream = %s) <= (
        select (horizon ->> %s)::bigint from published.release order by release_id desc limit 1
    )"""
