"""Airflow killed, one process or task at a time: no record waits longer than until the sweep."""

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
# Shorter than the default of five minutes, to shorten the wait for the sweep.
SWEEP_MINUTES = 2
# Seconds from event to publication without a kill, while Airflow is starting again.
MAX_EVENT_SECONDS = 60.0
TIMEOUT_SECONDS = 900.0
POLL_SECONDS = 0.25
KILL_POLL_SECONDS = 0.005
# Processes that a killed one has forked must end within this time.
ORPHAN_SECONDS = 5.0
# Titles of Airflow's processes that run tasks, and of those that supervise them or are idle.
WORKER, SUPERVISOR, IDLE = "airflow worker -- ", "airflow worker -- LocalExecutor", "<idle>"

Strike = Callable[[AirflowServers, random.Random, Outcome], bool]


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Inject each fault on a stream of its own, so that its records are distinguishable."""
    with _running(environment) as airflow:
        repeat = partial(_repeat, environment, airflow)
        return [
            repeat("employment", "Airflow's scheduler killed", 2, partial(_kill, "scheduler")),
            repeat("training", "Airflow's triggerer killed", 2, partial(_kill, "triggerer")),
            repeat("labour_case", "Airflow's API server killed", 1, partial(_kill, "api-server")),
            repeat("wage_payment", "a task of Airflow killed", 4, partial(_kill_one, _is_task)),
            repeat(
                "startup_loan", "a task's supervisor killed", 1, partial(_kill_one, _is_supervisor)
            ),
            _triggerer_stopped(environment, airflow, "social_insurance"),
        ]


@contextmanager
def _running(environment: FaultEnvironment) -> Iterator[AirflowServers]:
    """Yield Airflow with an empty platform, in the home of the PostgreSQL that Airflow uses too."""
    with environment.database() as database:
        settings = database.model_copy(update={"sweep_minutes": SWEEP_MINUTES})
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
    """Send, strike, restart stopped components, and wait until all records are published."""
    environment.log(fault)
    outcome, generator = Outcome(fault), environment.random_generator(fault)
    inventory = Inventory(airflow.settings, stream)
    for _ in range(times):
        inventory.send(inventory.values(RECORDS))
        outcome.times += strike(airflow, generator, outcome)
        began = time.monotonic()
        airflow.start()
        inventory.send(inventory.values(RECORDS, bad=[7]))
        _expect_publication(outcome, airflow.settings, stream, began)
        wait_until_idle(airflow.settings)
    return inventory.close(outcome)


def _triggerer_stopped(
    environment: FaultEnvironment, airflow: AirflowServers, stream: str
) -> Outcome:
    """Kill the triggerer and leave it stopped: only the sweep finds the waiting records."""
    outcome = Outcome("Airflow's triggerer stopped permanently")
    environment.log(outcome.fault)
    inventory = Inventory(airflow.settings, stream)
    outcome.times += _kill(
        "triggerer", airflow, environment.random_generator(outcome.fault), outcome
    )
    began = time.monotonic()
    inventory.send(inventory.values(RECORDS))
    _expect_publication(outcome, airflow.settings, stream, began)
    airflow.start()
    return inventory.close(outcome)


def _expect_publication(outcome: Outcome, settings: Settings, stream: str, began: float) -> None:
    """Wait until the stream is published. It must not take longer than the sweep's interval."""
    while not _is_published(settings, stream):
        if time.monotonic() - began > TIMEOUT_SECONDS:
            outcome.expect(False, f"nothing was published within {TIMEOUT_SECONDS:.0f} s")
            return
        time.sleep(POLL_SECONDS)
    seconds = time.monotonic() - began
    outcome.record_recovery(seconds)
    allowed = settings.sweep_minutes * 60 + MAX_EVENT_SECONDS
    outcome.expect(seconds <= allowed, f"published after {seconds:.0f} s, {allowed:.0f} allowed")


def _is_published(settings: Settings, stream: str) -> bool:
    """Return whether no record of the stream waits and the newest release has its newest load."""
    if backlog(settings)[stream]:
        return False
    with connect(settings, autocommit=True) as connection:
        row = connection.execute(_PUBLISHED, [stream, stream]).fetchone()
    return row == (True,)


def _kill(name: str, airflow: AirflowServers, generator: random.Random, outcome: Outcome) -> bool:
    """Send SIGKILL to a component only, while the first tasks may be running."""
    time.sleep(generator.uniform(0.0, 6.0))
    process = _process(airflow, name)
    if process is None:
        return False
    process_tree = with_descendants(process)
    kill_all(process_tree[:1])
    _, orphans = psutil.wait_procs(process_tree[1:], timeout=ORPHAN_SECONDS)
    outcome.expect(not orphans, f"{len(orphans)} processes outlived the {name}")
    kill_all(orphans)
    return True


def _kill_one(
    is_target: Callable[[str], bool], airflow: AirflowServers, generator: random.Random, _: Outcome
) -> bool:
    """Send SIGKILL to a process of the load or of a later task, selected by its title."""
    time.sleep(generator.uniform(0.0, 8.0))
    scheduler = _process(airflow, "scheduler")
    deadline = time.monotonic() + MAX_EVENT_SECONDS
    while scheduler is not None and time.monotonic() < deadline:
        for process in with_descendants(scheduler):
            if is_target(_title(process)):
                process.kill()
                return True
        time.sleep(KILL_POLL_SECONDS)
    return False


def _is_task(title: str) -> bool:
    return title.startswith(WORKER) and not title.startswith(SUPERVISOR)


def _is_supervisor(title: str) -> bool:
    """Return whether a process supervises a task, which ends with it and reports no result."""
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
