"""Publication with readers of every isolation level, and publication killed at each step."""

from __future__ import annotations

import datetime as dt
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from faults.environment import FaultEnvironment
from faults.kill_points import wrap
from faults.outcome import Outcome
from faults.processes import KILLED, expect_statuses, start
from livelihood.publish import publish, release
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.candidates import FIGURES, Candidates

ROWS = 300
LEVELS = tuple(psycopg.IsolationLevel)
STEPS = (
    "ensure_storage",
    "ensure_release_on",
    "apply_candidate",
    "retire_absent",
    "write_comments",
    "_record",
    "commit",
)
SECOND_MART = FIGURES | {"name": "figures_copy"}


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Publish a hundred releases in the long form."""
    return [
        _readers(environment, environment.sized(100, 8)),
        _killed(environment, environment.sized(6, 1)),
    ]


@contextmanager
def _candidates(environment: FaultEnvironment) -> Iterator[Candidates]:
    with environment.platform() as settings, tempfile.TemporaryDirectory() as folder:
        yield Candidates(settings, Path(folder), [FIGURES, SECOND_MART])


def _build(candidates: Candidates, number: int) -> None:
    """Build two marts in which every row has the number of the next release as value."""
    first = dt.date(2023, 6, 1)
    rows = [(f"{position:06d}", first, number, "provisional") for position in range(ROWS)]
    candidates.build(rows)
    with connect(candidates.settings) as connection:
        connection.execute("drop table if exists marts.figures_copy")
        connection.execute("create table marts.figures_copy as table marts.figures")


def _readers(environment: FaultEnvironment, releases: int) -> Outcome:
    outcome = Outcome("readers in every isolation level during releases")
    environment.log(outcome.fault)
    with _candidates(environment) as candidates:
        _build(candidates, 1)
        candidates.publish()
        stop = threading.Event()
        numbers_by_level: list[set[int]] = [set() for _ in LEVELS]
        readers = [
            threading.Thread(
                target=_read, args=(candidates.settings, level, numbers, stop, outcome)
            )
            for level, numbers in zip(LEVELS, numbers_by_level, strict=True)
        ]
        for reader in readers:
            reader.start()
        for number in range(2, releases + 2):
            _build(candidates, number)
            outcome.times += candidates.publish() is not None
        stop.set()
        for reader in readers:
            reader.join()
    for level, numbers in zip(LEVELS, numbers_by_level, strict=True):
        outcome.expect(
            len(numbers) > 1, f"a reader in {level.name} saw only one release, which tests nothing"
        )
    return outcome


def _read(
    settings: Settings,
    level: psycopg.IsolationLevel,
    numbers: set[int],
    stop: threading.Event,
    outcome: Outcome,
) -> None:
    """Read two marts and the newest release until stopped. Each statement must see one release.

    From REPEATABLE READ on, each transaction must see one release.
    """
    with psycopg.connect(settings.database_url()) as connection:
        connection.isolation_level = level
        while not stop.is_set():
            rows = [connection.execute(_READ).fetchone() for _ in range(2)]
            connection.rollback()
            for row in rows:
                outcome.expect(
                    row is not None and len(set(row[1:])) == 1 and row[0] == 2 * ROWS,
                    f"a reader in {level.name} saw two releases mixed: {row}",
                )
                numbers.add(row[1] if row else 0)
            if level >= psycopg.IsolationLevel.REPEATABLE_READ:
                outcome.expect(rows[0] == rows[1], f"{level.name} saw two releases: {rows}")


_READ = """
    select count(*), min(value)::int, max(value)::int,
        (select max(release_id) from published.release)::int
    from (table published.figures union all table published.figures_copy) as figures"""


def publish_until(settings: Settings, manifest: Path, step: str, occurrence: int) -> None:
    """Publish, and kill this process (SIGKILL) at the given occurrence of the step."""
    reached = 0

    def make(original: Any) -> Any:  # noqa: ANN401 - passed through
        def wrapped(*arguments: Any) -> Any:  # noqa: ANN401 - passed through
            nonlocal reached
            reached += 1
            if reached == occurrence:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments)

        return wrapped

    wrap(psycopg.Connection if step == "commit" else release, step, make)
    publish(settings, manifest_path=manifest)


def _killed(environment: FaultEnvironment, rounds: int) -> Outcome:
    outcome = Outcome("publication killed at each step")
    environment.log(outcome.fault)
    with _candidates(environment) as candidates:
        for number in range(rounds):
            before = candidates.published_state()
            for step in STEPS:
                _build(candidates, number + 1)
                # At its second mart a publication is half finished.
                twice = number % 2 == 1 and step in ("ensure_storage", "apply_candidate")
                arguments = (candidates.settings, candidates.manifest_path, step, 1 + twice)
                expect_statuses(outcome, [start(publish_until, *arguments).result()], {KILLED})
                outcome.times += 1
                outcome.expect(
                    candidates.published_state() == before, f"killed at {step} it left changes"
                )
            began = time.monotonic()
            release_after = candidates.publish()
            outcome.record_recovery(time.monotonic() - began)
            outcome.expect(
                release_after is not None and release_after.release_id == number + 1,
                f"the release after the kills is {release_after}",
            )
    return outcome
