"""Commands that start and stop the local stack, killed and interrupted at random moments."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from faults.environment import FaultEnvironment
from faults.outcome import Outcome
from faults.processes import StrikeTimer
from livelihood.settings import Settings
from testkit.commands import Command, remaining_processes, run_command
from testkit.servers import isolated_settings

UP = ("up", "--no-airflow")
START_SECONDS = 8.0
AIRFLOW_SECONDS = 60.0
ODD_NAME = " 民生 & 监测 100%#$;'\"\\"
# The demo with the settings of the experiment, not those of the project folder.
DEMO = """
from livelihood.cli import demo
from livelihood.cli.ending import run_command
demo.settings_for = lambda profile: demo.get_settings()
run_command(demo.main)
"""
Strike = Callable[[Command], None]


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Kill and interrupt `up`, `down` and the demo; then the next `up` must work."""
    rounds = environment.sized(25, 1)
    outcomes = [
        _first_start_killed(environment, rounds),
        _interrupted(environment, "`up` interrupted", rounds, START_SECONDS, *UP),
        _down_killed(environment, environment.sized(10, 1)),
        _simultaneous(environment, environment.sized(5, 1)),
    ]
    if not environment.is_short:
        outcomes += [
            _interrupted(environment, "`up` with Airflow interrupted", 6, AIRFLOW_SECONDS, "up"),
            _interrupted(
                environment, "demo interrupted", 6, 2 * AIRFLOW_SECONDS, "demo", program=DEMO
            ),
        ]
    return outcomes


@contextmanager
def _home(environment: FaultEnvironment) -> Iterator[Settings]:
    """Yield settings with a new home folder whose name has characters that programs replace."""
    with isolated_settings(as_of_date=environment.settings.as_of_date) as settings:
        odd = settings.model_copy(update={"home": settings.home / ODD_NAME})
        try:
            yield odd
        finally:
            run_command(odd, "down")


def _first_start_killed(environment: FaultEnvironment, rounds: int) -> Outcome:
    outcome = Outcome("first `up` killed")
    environment.log(outcome.fault)
    timer = StrikeTimer(environment.random_generator(outcome.fault), START_SECONDS)
    with _home(environment) as settings:
        for _ in outcome.tries(rounds):
            command = Command(settings, *UP)
            outcome.times += timer.interrupts(command)
            command.send(signal.SIGKILL)
            command.result()
            _expect_start(outcome, settings)
            shutil.rmtree(settings.home)
    return outcome


def _interrupted(
    environment: FaultEnvironment,
    fault: str,
    rounds: int,
    seconds: float,
    *words: str,
    **options: str,
) -> Outcome:
    outcome = Outcome(fault)
    environment.log(fault)
    generator = environment.random_generator(fault)
    timer = StrikeTimer(generator, seconds)
    with _home(environment) as settings:
        for _ in outcome.tries(rounds):
            command = Command(settings, *words, **options)
            is_running = timer.interrupts(command)
            number = generator.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
            command.send(number, group=number is signal.SIGINT)
            code = command.result()
            outcome.times += is_running
            # Before Python runs the command, the signal itself ends the process.
            allowed = (128 + number, -number) if is_running else (0, 128 + number)
            outcome.expect(code in allowed, f"exit code {code} after {number.name}")
            outcome.expect("Traceback" not in command.output, command.output)
            if is_running and "demo" not in words:
                processes = remaining_processes(settings.home)
                outcome.expect(not processes, f"still runs: {processes}")
            _expect_start(outcome, settings)
    return outcome


def _down_killed(environment: FaultEnvironment, rounds: int) -> Outcome:
    outcome = Outcome("`down` killed")
    environment.log(outcome.fault)
    timer = StrikeTimer(environment.random_generator(outcome.fault), START_SECONDS)
    with _home(environment) as settings:
        for _ in outcome.tries(rounds):
            _expect_done(outcome, settings, *UP)
            command = Command(settings, "down")
            outcome.times += timer.interrupts(command)
            command.send(signal.SIGKILL)
            command.result()
            _expect_start(outcome, settings)
    return outcome


def _simultaneous(environment: FaultEnvironment, rounds: int) -> Outcome:
    outcome = Outcome("`up` twice, and `down`, simultaneously")
    environment.log(outcome.fault)
    with _home(environment) as settings:
        for _ in range(rounds):
            outcome.times += 1
            words = (UP, UP, ("down",))
            commands = [Command(settings, *command_words) for command_words in words]
            for command in commands:
                code = command.result()
                outcome.expect(code == 0, f"exit code {code}: {command.output}")
            _expect_start(outcome, settings)
            shutil.rmtree(settings.home)
    return outcome


def _expect_start(outcome: Outcome, settings: Settings) -> None:
    """Start the stack after a fault, expect that it answers, and stop it completely."""
    began = time.monotonic()
    _expect_done(outcome, settings, *UP)
    outcome.record_recovery(time.monotonic() - began)
    _expect_done(outcome, settings, "status")
    _expect_done(outcome, settings, "down")
    processes = remaining_processes(settings.home)
    outcome.expect(not processes, f"still runs after `down`: {processes}")


def _expect_done(outcome: Outcome, settings: Settings, *words: str) -> None:
    code, output = run_command(settings, *words)
    outcome.expect(code == 0, f"{' '.join(words)}: exit code {code}: {output}")
