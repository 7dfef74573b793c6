"""Build, gate and publication: two runs of them at once, and PostgreSQL killed in the middle."""

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

# What may become of a run that met another one, or lost its server.
TURNED_AWAY = {DONE, "StageBusy", "CandidateStale", "NoCandidate", "GateClosed"}
INTERRUPTED = {DONE, "WarehouseUnavailable", "BuildFailed", "NoCandidate"}
# What one run takes, to begin with.
RUN_SECONDS = 8.0


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Both on one published county, to which a new spell comes before each fault."""
    with published(environment) as settings:
        return [
            _two_at_once(environment, settings, environment.sized(2, 1)),
            _killed(environment, settings, environment.sized(5, 1)),
        ]


def _two_at_once(environment: FaultEnvironment, settings: Settings, rounds: int) -> Outcome:
    """Run build, gate and publication twice at the same time; one complete release must remain."""
    outcome = Outcome("two monitor runs at once")
    environment.log(outcome.fault)
    for _ in range(rounds):
        _arrive(environment, settings)
        expect_statuses(outcome, run_concurrently(TIMEOUT_SECONDS, monitor, settings), TURNED_AWAY)
        outcome.times += 1
        monitor(settings)
        judge_releases(outcome, settings)
    return outcome


def _killed(environment: FaultEnvironment, settings: Settings, kills: int) -> Outcome:
    """During build, gate or publish, whichever chance finds; afterwards one whole release."""
    outcome = Outcome("PostgreSQL killed during build, gate, publish")
    timer = StrikeTimer(environment.random(outcome.fault), RUN_SECONDS)
    environment.log(outcome.fault)
    for _ in outcome.tries(kills):
        _arrive(environment, settings)
        process = start(monitor, settings)
        outcome.times += timer.interrupts(process)
        began = time.monotonic()
        restart(environment.postgres)
        expect_statuses(outcome, [process.result()], INTERRUPTED)
        monitor(settings)
        outcome.record_recovery(time.monotonic() - began)
        judge_releases(outcome, settings)
    return outcome


def _arrive(environment: FaultEnvironment, settings: Settings) -> None:
    """One more employed person: figures that the next release has to show."""
    send_spell(settings, new_spell(environment))
    load(settings, "employment")


def judge_releases(outcome: Outcome, settings: Settings) -> None:
    """The newest release shows the newest build, and all of it."""
    with connect(settings) as connection:
        row = connection.execute(_NEWEST_RELEASE).fetchone()
    outcome.expect(row == (True, 0), f"the newest release is not the newest build, whole: {row}")


# The newest build is shown, and no published row differs from the marts.
_NEWEST_RELEASE = """
    with wrong as (
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
        (select count(*) from wrong)::integer"""
