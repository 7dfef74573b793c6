"""An analyst who tries everything that the role forbids or that could hold up a release."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from faults.environment import FaultEnvironment
from faults.monitors import arrive, check_newest_release
from faults.outcome import Outcome
from livelihood.pipeline import monitor
from livelihood.settings import Settings
from livelihood.warehouse import ANALYST, connect
from testkit.county import published

SESSIONS = 6
# Statements that are refused, or run without holding up anything.
STATEMENTS = (
    "begin; select * from published.indicator_value",
    "begin; declare c cursor for select * from published.target_progress; fetch 1 from c",
    "begin isolation level serializable; select count(*) from published.indicator_value",
    "begin; lock table published.indicator_value_vintages in access share mode",
    "begin; lock table published.indicator_value_vintages in access exclusive mode",
    "select pg_advisory_lock(classid, objid) from pg_locks, generate_series(1, 100) as objid",
    "select pg_advisory_lock(n) from generate_series(1, 10000) as n",
    "select pg_terminate_backend(pid) from pg_stat_activity",
    "select pg_cancel_backend(pid) from pg_stat_activity where usename <> current_user",
    "update ops.stage_lease set heartbeat_at = now()",
    "delete from published.release",
    "alter role analyst superuser",
    "select count(*) from generate_series(1, 20000000)",
    "create temporary table t as select generate_series(1, 1000000)",
    "select repeat('x', 100000000)",
    "reset role",
    "set role postgres",
)


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Publish while sessions of the analyst run random statements."""
    with published(environment) as settings:
        return [_publish_under_attack(environment, settings)]


def _publish_under_attack(environment: FaultEnvironment, settings: Settings) -> Outcome:
    outcome = Outcome("an analyst attacks while releases are published")
    environment.log(outcome.fault)
    generator = environment.random_generator(outcome.fault)
    for _ in range(environment.sized(4, 1)):
        arrive(environment, settings)
        with _attackers(settings, generator, outcome):
            began = time.monotonic()
            report = monitor(settings)
            outcome.record_recovery(time.monotonic() - began)
        outcome.expect(report.release is not None, "nothing was published")
        check_newest_release(outcome, settings)
    with connect(settings) as connection:
        row = connection.execute(
            "select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = %s",
            [ANALYST],
        ).fetchone()
    outcome.expect(row == (False,), "the analyst gained a right")
    return outcome


@contextmanager
def _attackers(settings: Settings, generator: random.Random, outcome: Outcome) -> Iterator[None]:
    stop = threading.Event()
    with ExitStack() as stack:
        for _ in range(SESSIONS):
            session = stack.enter_context(connect(settings, autocommit=True, role=ANALYST))
            attacker = random.Random(generator.random())
            thread = threading.Thread(target=_attack, args=(session, attacker, stop, outcome))
            thread.start()
            stack.callback(thread.join)
            # Runs before the thread is waited for.
            stack.callback(session.cancel_safe, timeout=5.0)
        stack.callback(stop.set)
        yield


def _attack(
    session: psycopg.Connection, generator: random.Random, stop: threading.Event, outcome: Outcome
) -> None:
    while not stop.is_set():
        with contextlib.suppress(psycopg.Error):
            outcome.times += 1
            session.execute(generator.choice(STATEMENTS).encode())
            # A transaction stays open, as in a tool that is left open.
            stop.wait(generator.uniform(0, 0.5))
        if session.closed:
            return
        with contextlib.suppress(psycopg.Error):
            session.rollback()
