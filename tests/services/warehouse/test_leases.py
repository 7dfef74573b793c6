"""Leases: one holder at a time, freed with its session, invisible to readers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from infra.local.environment import process_environment
from livelihood.errors import StageBusy
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease, migrate
from livelihood.warehouse.leases import holders

HOLDER = """
import time
from livelihood.settings import get_settings
from livelihood.warehouse import connect, lease

with connect(get_settings()) as connection, lease(connection, "build"):
    print("reached", flush=True)
    time.sleep(60)
"""


def leases(settings: Settings) -> list[tuple[str, str]]:
    with connect(settings) as connection:
        return connection.execute("select stage, key from ops.stage_lease").fetchall()


def test_a_second_process_is_told_who_holds_the_lease(warehouse: Settings) -> None:
    with connect(warehouse) as first, connect(warehouse, autocommit=True) as second:
        with lease(first, "load", "training"):
            session = (
                f"process {os.getpid()}, since .*, PostgreSQL session {first.info.backend_pid}"
            )
            with (
                pytest.raises(StageBusy, match=f"stream training is being loaded.*{session}"),
                lease(second, "load", "training"),
            ):
                pass
            with lease(second, "load", "employment"), lease(second, "build"):
                assert [holder.key for holder in holders(second, "load")] == [
                    "employment",
                    "training",
                ]
        with lease(second, "load", "training"):
            assert leases(warehouse) == [("load", "training")]
    assert leases(warehouse) == []


def test_work_is_committed_with_the_release_or_rolled_back(warehouse: Settings) -> None:
    insert = "insert into ops.stream_stop (stream, reason) values (%s, 'x')"
    with connect(warehouse) as connection:
        with lease(connection, "publish"):
            connection.execute(insert, ["stored"])
        with pytest.raises(psycopg.errors.DivisionByZero), lease(connection, "publish"):
            connection.execute(insert + " returning 1 / 0", ["lost"])
        with pytest.raises(psycopg.errors.UndefinedTable), lease(connection, "publish"):
            connection.execute("select 1 from nothing")
    with connect(warehouse) as connection:
        assert connection.execute("select stream from ops.stream_stop").fetchall() == [("stored",)]
    assert leases(warehouse) == []


def test_a_killed_process_frees_its_lease_immediately(warehouse: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env=process_environment(warehouse),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reached\n"
    with connect(warehouse, autocommit=True) as connection:
        with pytest.raises(StageBusy), lease(connection, "build"):
            pass
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        killed_at = time.monotonic()
        with lease(connection, "build", wait_seconds=10):
            assert time.monotonic() - killed_at < 2
            assert leases(warehouse) == [("build", "")]


def test_a_session_with_a_reused_process_id_does_not_hold_the_lease(warehouse: Settings) -> None:
    with connect(warehouse) as other, connect(warehouse) as connection:
        other.execute(
            "insert into ops.stage_lease select 'build', '', pid, backend_start - interval '1 s',"
            " 'a process that ended' from pg_stat_activity where pid = pg_backend_pid()"
        )
        other.commit()
        assert holders(connection, "build") == []
        connection.rollback()
        with lease(connection, "build"):
            assert len(leases(warehouse)) == 1


def test_many_processes_take_turns(warehouse: Settings) -> None:
    active: list[int] = []
    overlaps: list[int] = []

    def work(number: int) -> None:
        with connect(warehouse) as connection, lease(connection, "alert", wait_seconds=30):
            active.append(number)
            overlaps.append(len(active))
            time.sleep(0.01)
            active.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    assert overlaps == [1] * 24


def test_no_lock_is_held_while_a_stage_works(warehouse: Settings) -> None:
    locks = "select count(*) from pg_locks where pid = %s and locktype <> 'virtualxid'"
    with (
        connect(warehouse) as holder,
        connect(warehouse) as observer,
        lease(holder, "build"),
    ):
        pid = holder.info.backend_pid
        assert observer.execute(locks, [pid]).fetchone() == (0,)
        assert holder.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_migrations_of_two_processes_wait_for_each_other(warehouse: Settings) -> None:
    with connect(warehouse) as connection:
        connection.execute("drop table ops.stage_lease")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, [warehouse, warehouse]))
    assert leases(warehouse) == []


def test_a_session_that_is_about_to_end_is_waited_for(warehouse: Settings) -> None:
    """PostgreSQL may still finish a statement of a process that was killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=process_environment(warehouse), stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"reached\n"
    timer = threading.Timer(0.5, holder.kill)
    timer.start()
    with connect(warehouse) as connection, lease(connection, "build"):
        assert holder.wait() == -signal.SIGKILL
