"""Corrected exports of two systems with the same rows, with kills while one is planned or sent."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from faults.environment import FaultEnvironment
from faults.outcome import Outcome
from faults.processes import DONE, KILLED, StrikeTimer, expect_statuses, start
from livelihood.contracts import load_contract
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect
from producers import sender
from producers.importing import ImportOptions, import_source
from producers.planning import Confirmations
from producers.sources.file import FileSource
from producers.sources.mapping import Mapping
from testkit.raw_rows import wage_rows

STREAM = "wage_payment"
WAGES = load_contract(STREAM)
SYSTEMS = ("payroll_1", "payroll_2")
PERSONS = 2_000
WINDOW_ROWS = 200
NO_COLUMNS = ("record_id", "source_system", "recorded_at")


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Send export after export on one platform."""
    with environment.platform() as settings:
        return [_corrected(environment, settings)]


def send_export(settings: Settings, path: Path, system: str) -> None:
    """Send a complete export in small windows, with its withdrawals."""
    sender.WINDOW_ROWS = WINDOW_ROWS
    columns: dict[str, Any] = {
        name: name for name in wage_rows(0).columns if name not in NO_COLUMNS
    }
    mapping = Mapping(stream=STREAM, columns=columns, complete_for=["employer_code", "wage_month"])
    confirmed = Confirmations(withdrawals=True)
    import_source(
        settings, WAGES, FileSource(path), mapping, system, ImportOptions(confirmed=confirmed)
    )


def _corrected(environment: FaultEnvironment, settings: Settings) -> Outcome:
    """Send exports, each other than the one before; only the last of each system counts."""
    outcome = Outcome("corrected exports of two systems, producer killed")
    environment.log(outcome.fault)
    generator = environment.random_generator(outcome.fault)
    timer = StrikeTimer(generator, 3.0)
    for number in range(environment.sized(12, 2)):
        system = SYSTEMS[number % 2]
        export = _export(generator)
        path = settings.home / f"{number}.csv"
        export.write_csv(path)
        outcome.times += _kills(settings, path, system, timer)
        expect_statuses(outcome, [start(send_export, settings, path, system).result()], {DONE})
        began = time.monotonic()
        load(settings, STREAM)
        outcome.record_recovery(time.monotonic() - began)
        _compare(outcome, settings, system, export)
    return outcome


def _export(generator: random.Random) -> pl.DataFrame:
    """Return an export that lacks some persons and has other amounts."""
    rows = wage_rows(PERSONS).drop(NO_COLUMNS)
    amounts = [generator.choice((300_000, 350_000)) for _ in range(PERSONS)]
    kept = [generator.random() > 0.05 for _ in range(PERSONS)]
    return rows.with_columns(amount_due_fen=pl.Series(amounts)).filter(pl.Series(kept))


def _kills(settings: Settings, path: Path, system: str, timer: StrikeTimer) -> int:
    """Kill the import of an export twice, at random times. Return how many were in time."""
    kills = 0
    for _ in range(2):
        process = start(send_export, settings, path, system)
        if timer.interrupts(process):
            process.kill()
        kills += process.result().status == KILLED
    return kills


def _compare(outcome: Outcome, settings: Settings, system: str, export: pl.DataFrame) -> None:
    """Expect that the current records of a system are the rows of its last export."""
    with connect(settings) as connection:
        counted = connection.execute(_CURRENT, [system]).fetchall()
    current: Counter[int] = Counter(dict(counted))
    expected: Counter[int] = Counter(export["amount_due_fen"].to_list())
    outcome.sent += export.height
    outcome.landed += current.total()
    outcome.lost += (expected - current).total()
    outcome.twice += (current - expected).total()


_CURRENT = """
    with newest as (
        select distinct on (source_system, person_token, record_id) operation, amount_due_fen
        from landing.wage_payment
        where source_system = %s
        order by source_system, person_token, record_id, revision desc, recorded_at desc,
            _load_id desc, _partition, _offset desc
    )
    select amount_due_fen, count(*) from newest where operation <> 'withdraw' group by 1"""
