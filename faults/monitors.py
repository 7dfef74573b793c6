"""Build, gate and publication: two simultaneous runs, and PostgreSQL killed during a run."""

from __future__ import annotations

import time

from faults.environment import FaultEnvironment
from faults.outcome import Outcome
from faults.processes import (
    DONE,
    TIMEOUT_SECONDS,
    StrikeTimer,
    expect_statuses,
    run_concurrently,
    start,
)
from faults.servers import restart
from livelihood.load import load
from livelihood.pipeline import monitor
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.county import published
from testkit.simulated_messages import new_spell, send_spell

# Allowed results of a run that met another one, and of one whose server was killed.
REFUSED_OR_DONE = {DONE, "StageBusy", "CandidateStale", "NoCandidate", "GateClosed"}
INTERRUPTED = {DONE, "WarehouseUnavailable", "BuildFailed", "NoCandidate"}
# Initial estimate of the seconds of one run.
RUN_SECONDS = 8.0


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Run both on one published county, to which a new spell is added before each fault."""
    with published(environment) as settings:
        return [
            _two_runs(environment, settings, environment.sized(2, 1)),
            _killed(environment, settings, environment.sized(5, 1)),
        ]


def _two_runs(environment: FaultEnvironment, settings: Settings, rounds: int) -> Outcome:
    """Run build, gate and publication twice at the same time. One complete release must remain."""
    outcome = Outcome("two simultaneous monitor runs")
    environment.log(outcome.fault)
    for _ in range(rounds):
        arrive(environment, settings)
        expect_statuses(
            outcome, run_concurrently(TIMEOUT_SECONDS, monitor, settings), REFUSED_OR_DONE
        )
        outcome.times += 1
        monitor(settings)
        check_newest_release(outcome, settings)
    return outcome


def _killed(environment: FaultEnvironment, settings: Settings, kills: int) -> Outcome:
    """Kill PostgreSQL at a random time of a run; afterwards one complete release must exist."""
    outcome = Outcome("PostgreSQL killed during build, gate, publish")
    timer = StrikeTimer(environment.random_generator(outcome.fault), RUN_SECONDS)
    environment.log(outcome.fault)
    for _ in outcome.tries(kills):
        arrive(environment, settings)
        process = start(monitor, settings)
        outcome.times += timer.interrupts(process)
        began = time.monotonic()
        restart(environment.postgres)
        expect_statuses(outcome, [process.result()], INTERRUPTED)
        monitor(settings)
        outcome.record_recovery(time.monotonic() - began)
        check_newest_release(outcome, settings)
    return outcome


def arrive(environment: FaultEnvironment, settings: Settings) -> None:
    """Add one employed person, which the next release must show."""
    send_spell(settings, new_spell(environment))
    load(settings, "employment")


def check_newest_release(outcome: Outcome, settings: Settings) -> None:
    """Record as unexpected if the newest release differs from the newest build."""
    with connect(settings) as connection:
        row = connection.execute(_NEWEST_RELEASE).fetchone()
    outcome.expect(row == (True, 0), f"the newest release is not the complete newest build: {row}")


# Whether the newest build is published, and how many published rows differ from the marts.
_NEWEST_RELEASE = """
    with differing as (
        (select indicator_code, region_code, population, period_month, value
            from published.indicator_value
        except
        select indicator_code, region_code, population, period_month, value
            from marts.indicator_value)
        union all
        (select indicator_code, region_code, population, period_month, value
            from marts.indicator_value
        except
        select indicator_code, region_code, population, period_month, value
            from published.indicator_value)
    )
    select
        (select horizon from published.release order by release_id desc limit 1)
        = (select horizon from ops.build where status = 'built' order by build_id desc limit 1),
        (select count(*) from differing)::integer"""
