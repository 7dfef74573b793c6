"""Atomic publication: a killed one leaves nothing, and readers see no mixture of releases."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from livelihood.errors import StageBusy
from livelihood.publish import CandidateStale, publish
from livelihood.warehouse import connect, lease
from testkit.candidates import FIGURES, Candidates

# A publication that prints a line and sleeps when it reaches the function given as argument.
STOPPING_PUBLISH = """
import sys, time
from pathlib import Path
from livelihood.publish import release
from livelihood.settings import Settings

def stop(*arguments, **options):
    print("reached", flush=True)
    time.sleep(60)

name, url, manifest = sys.argv[1:]
setattr(release, name, stop)
release.publish(Settings(_env_file=None, warehouse_url=url), manifest_path=Path(manifest))
"""


def figures(round_number: int, count: int = 400) -> list[tuple[Any, ...]]:
    """Return the rows of a candidate, each with the number of its round."""
    first = dt.date(2023, 6, 1)
    return [(f"{i:06d}", first, round_number, f"round {round_number}") for i in range(count)]


@pytest.mark.parametrize(
    ("reached", "is_first"),
    [
        ("ensure_release_on", True),
        ("_record", True),
        ("retire_absent", False),
        ("_record", False),
    ],
)
def test_a_killed_publication_leaves_nothing(
    candidates: Candidates, reached: str, is_first: bool
) -> None:
    if not is_first:
        candidates.build(figures(1))
        candidates.publish()
    before = candidates.published_state()
    candidates.build(figures(2))
    _publish_and_kill(candidates, reached)
    assert candidates.published_state() == before
    release = candidates.publish()
    assert release is not None
    assert release.release_id == (1 if is_first else 2)
    assert candidates.rows("select distinct value from published.figures") == [(2,)]


def test_readers_see_one_complete_release_while_others_are_published(
    candidates: Candidates,
) -> None:
    candidates.build(figures(1))
    candidates.publish()
    observed: set[tuple[Any, ...]] = set()
    is_finished = threading.Event()
    readers = [
        threading.Thread(target=_read, args=(candidates, observed, is_finished)) for _ in range(2)
    ]
    for reader in readers:
        reader.start()
    for round_number in range(2, 10):
        if round_number == 6:
            columns = {**FIGURES["columns"], "unit": ("text", "")}
            candidates.marts = [{**FIGURES, "columns": columns}]
        unit: tuple[str, ...] = ("pct",) if round_number >= 6 else ()
        candidates.build([row + unit for row in figures(round_number)])
        candidates.publish()
    is_finished.set()
    for reader in readers:
        reader.join()
    assert {(count, low == high == release) for count, low, high, release in observed} == {
        (400, True)
    }
    assert len(observed) > 2


def test_one_publication_at_a_time(candidates: Candidates) -> None:
    candidates.build(figures(1))
    short_timeout = candidates.settings.model_copy(update={"retry_seconds": 0.2})
    with (
        connect(candidates.settings) as connection,
        lease(connection, "publish"),
        pytest.raises(StageBusy, match="stage publish is running in another process"),
    ):
        publish(short_timeout, manifest_path=candidates.manifest_path)


def test_a_build_that_begins_while_publication_waits_makes_the_candidate_stale(
    candidates: Candidates,
) -> None:
    candidates.build(figures(1))
    manifest_path = candidates.manifest_path
    with ThreadPoolExecutor(1) as pool, connect(candidates.settings) as writer:
        writer.execute("update marts.figures set value = 2")
        waiting = pool.submit(publish, candidates.settings, manifest_path=manifest_path)
        _wait_for_a_blocked_session(candidates)
        candidates.begin_build()
        writer.commit()
        with pytest.raises(CandidateStale):
            waiting.result()


def test_a_release_without_schema_changes_does_not_wait_for_readers(candidates: Candidates) -> None:
    candidates.build(figures(1))
    candidates.publish()
    candidates.build(figures(2))
    short_timeout = candidates.settings.model_copy(update={"retry_seconds": 1})
    with connect(candidates.settings) as reader:
        # A long report, whose transaction has a reader's lock on the published table.
        reader.execute("select count(*) from published.figures").fetchall()
        assert publish(short_timeout, manifest_path=candidates.manifest_path) is not None


def _publish_and_kill(candidates: Candidates, reached: str) -> None:
    url = candidates.settings.database_url()
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPING_PUBLISH, reached, url, str(candidates.manifest_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reached\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def _wait_for_a_blocked_session(candidates: Candidates) -> None:
    blocked = """
        select count(*) from pg_locks join pg_database d on d.oid = database
        where not granted and datname = current_database()"""
    deadline = time.monotonic() + 10
    while candidates.rows(blocked) == [(0,)]:
        assert time.monotonic() < deadline, "the publication did not wait for the writer"
        time.sleep(0.05)


def _read(
    candidates: Candidates, observed: set[tuple[Any, ...]], is_finished: threading.Event
) -> None:
    query = """
        select count(*), min(value)::int, max(value)::int,
            (select max(release_id) from published.release)::int
        from published.figures"""
    with psycopg.connect(candidates.settings.database_url(), autocommit=True) as connection:
        while not is_finished.is_set():
            observed.update(connection.execute(query).fetchall())
