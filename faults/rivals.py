"""Two of a kind at work: frozen loaders that come back as zombies, loaders and monitors at once."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable

from bench.county import published
from expectations import run_gate
from faults.bed import Bed
from faults.children import CRASHED, DONE, Child, Ending, start
from faults.ledger import Ledger
from faults.loader import SMALL, STREAM
from faults.outcome import Outcome
from faults.points import FIRST_OF_A_LOAD, load_until
from livelihood.build import build
from livelihood.load import load
from livelihood.publish import publish
from livelihood.settings import Settings
from livelihood.warehouse import connect

RECORDS = 400
# What may become of a loader that was frozen: with its session gone, and with it still open.
SESSION_GONE = {"LoadFenced", "WarehouseUnavailable"}
# Between reading and writing it holds no lock, so that another may go past it.
SESSION_OPEN = {"after read": {"LoadFenced"}, "before commit": {DONE}}
TURNED_AWAY = {DONE, "StageBusy", "LoadFenced"}
MONITOR_ENDINGS = {DONE, "StageBusy", "CandidateStale", "GateClosed"}


def run(bed: Bed) -> list[Outcome]:
    """Frozen loaders at three points, loaders at once, and monitors at once."""
    rounds = bed.sized(8, 1)
    outcomes = [
        _frozen(bed, point, rounds, end_session=True)
        for point in ("after read", "during COPY", "before commit")
    ]
    outcomes += [_frozen(bed, point, rounds, end_session=False) for point in SESSION_OPEN]
    return [*outcomes, _loaders(bed, bed.sized(40, 3)), _monitors(bed, bed.sized(4, 1))]


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
            other = start(load, settings, STREAM).ending()
            outcome.recovered(time.monotonic() - began)
            zombie.resume()
            _judge(outcome, [other], TURNED_AWAY)
            _judge(outcome, [zombie.ending()], allowed)
            load(settings, STREAM)
        return ledger.close(outcome)


def _loaders(bed: Bed, rounds: int) -> Outcome:
    outcome = Outcome("two loaders started at once")
    bed.say(outcome.fault)
    with bed.platform() as platform:
        settings = platform.model_copy(update=SMALL)
        ledger = Ledger(settings, STREAM)
        for _ in range(rounds):
            ledger.send(ledger.values(RECORDS, bad=[3]))
            endings = _at_once(lambda: start(load, settings, STREAM))
            outcome.times += 1
            _judge(outcome, endings, TURNED_AWAY)
        load(settings, STREAM)
        return ledger.close(outcome)


def _monitors(bed: Bed, rounds: int) -> Outcome:
    """Both build, judge and publish; whatever they do to each other, one whole release is left."""
    outcome = Outcome("two monitor runs at once")
    with published(bed) as settings:
        bed.say(outcome.fault)
        ledger = Ledger(settings, STREAM)
        for _ in range(rounds):
            ledger.send(ledger.values(RECORDS))
            load(settings, STREAM)
            endings = _at_once(lambda: start(monitor, settings))
            outcome.times += 1
            _judge(outcome, endings, MONITOR_ENDINGS)
            monitor(settings)
            _judge_releases(outcome, settings)
    return outcome


def monitor(settings: Settings) -> None:
    """Build, judge, publish: what the DAG `monitor` does."""
    candidate = build(settings)
    run_gate(settings, candidate.build_id)
    publish(settings, candidate.build_id)


def _judge_releases(outcome: Outcome, settings: Settings) -> None:
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


def _at_once(begin: Callable[[], Child]) -> list[Ending]:
    children = [begin(), begin()]
    return [child.ending() for child in children]


def _judge(outcome: Outcome, endings: list[Ending], allowed: set[str]) -> None:
    for how, count in Counter(ending.how for ending in endings).items():
        said = next(ending.said for ending in endings if ending.how == how)
        word = "crashed" if how == CRASHED else f"ended with {how}"
        outcome.expect(how in allowed, f"{count} {word}: {said}")
