"""Producers killed during a file, files sent twice, records late and out of order."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import polars as pl
from confluent_kafka import Producer

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.kill_points import wrap
from faults.outcome import Outcome
from faults.processes import DONE, KILLED, WorkerProcess, expect_statuses, start
from livelihood.contracts import load_contract
from livelihood.kafka import topic_states
from livelihood.kafka.clients import librdkafka_settings
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.transform import build
from livelihood.warehouse import connect
from producers import sender
from producers.checkpoint import Checkpoint
from producers.importing import import_source
from producers.sources.file import FileSource
from producers.sources.mapping import plain_mapping
from testkit.county import published
from testkit.message_factory import message
from testkit.raw_rows import wage_rows

STREAM = "wage_payment"
WAGES = load_contract(STREAM)
ROWS = 8_000
WINDOW_ROWS = 500
YEAR_MILLISECONDS = 365 * 86_400_000
# Kafka applies retention every second.
RETENTION_SECONDS = 6.0


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Run all on one published county, so that it can be built in between."""
    with published(environment) as settings:
        return [
            _killed(environment, settings),
            _sent_twice(environment, settings),
            _out_of_order(environment, settings),
            _a_year_old(environment, settings),
        ]


def send_file(settings: Settings, path: Path, kill_at: int, before_saving: bool) -> None:
    """Import a file in small windows; kill this process at a given saving of the checkpoint."""
    sender.WINDOW_ROWS = WINDOW_ROWS
    saves = 0

    def make(save: Any) -> Any:  # noqa: ANN401 - passed through
        def wrapped(checkpoint: Checkpoint) -> None:
            nonlocal saves
            saves += 1
            if saves == kill_at and before_saving:
                os.kill(os.getpid(), signal.SIGKILL)
            save(checkpoint)
            if saves == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        return wrapped

    wrap(Checkpoint, "save", make)
    import_source(settings, WAGES, FileSource(path), plain_mapping(WAGES), "test")


def _file(settings: Settings, name: str) -> Path:
    path = settings.home / f"{name}.csv"
    rows = wage_rows(ROWS).drop("recorded_at")
    rows.with_columns(record_id=name + ":" + pl.col("record_id")).write_csv(path)
    return path


def _killed(environment: FaultEnvironment, settings: Settings) -> Outcome:
    outcome = Outcome("producer killed in a file and resumed")
    environment.log(outcome.fault)
    generator = environment.random_generator(outcome.fault)
    for number in range(environment.sized(8, 1)):
        path = _file(settings, f"killed{number}")
        while (result := _kill_once(settings, path, generator).result()).status == KILLED:
            outcome.times += 1
        expect_statuses(outcome, [result], {DONE})
        began = time.monotonic()
        load(settings, STREAM)
        outcome.record_recovery(time.monotonic() - began)
        _count(outcome, settings, f"killed{number}")
    return outcome


def _kill_once(settings: Settings, path: Path, generator: random.Random) -> WorkerProcess:
    return start(send_file, settings, path, generator.randint(2, 9), generator.random() < 0.5)


def _count(outcome: Outcome, settings: Settings, name: str) -> None:
    """Count the file's rows, each of which must be one record however often it was sent."""
    with connect(settings) as connection:
        row = connection.execute(_ROWS_OF_A_FILE, [f"{name}:%"]).fetchone()
    records, differing = row or (0, 0)
    outcome.sent += ROWS
    outcome.landed += records
    outcome.lost += ROWS - records
    outcome.expect(differing == 0, f"{differing} records were sent again with other values")


_ROWS_OF_A_FILE = """
    with record as (
        select record_id, count(distinct (to_jsonb(landed) - array[
            '_partition', '_offset', '_produced_at', '_load_id'])) as versions
        from landing.wage_payment as landed where record_id like %s group by record_id
    )
    select count(*)::integer, (count(*) filter (where versions > 1))::integer from record"""


def _sent_twice(environment: FaultEnvironment, settings: Settings) -> Outcome:
    outcome = Outcome("the same file sent twice")
    environment.log(outcome.fault)
    path = _file(settings, "twice")
    for _ in range(environment.sized(5, 2)):
        expect_statuses(outcome, [start(send_file, settings, path, 0, False).result()], {DONE})
        outcome.times += 1
    load(settings, STREAM)
    _count(outcome, settings, "twice")
    with connect(settings) as connection:
        row = connection.execute(
            "select count(*) from landing.wage_payment where record_id like 'twice:%'"
        ).fetchone()
    outcome.twice += (row[0] if row else 0) - ROWS
    return outcome


def _out_of_order(environment: FaultEnvironment, settings: Settings) -> Outcome:
    """Send revisions in random order; after a build only the highest of each record counts."""
    outcome = Outcome("revisions out of order, after a build")
    environment.log(outcome.fault)
    generator = environment.random_generator(outcome.fault)
    records = environment.sized(2_000, 200)
    sent = [
        message(STREAM, record_id=f"order-{number}", revision=revision,
                amount_paid_fen=revision, amount_due_fen=100)
        for number in range(records)
        for revision in (1, 2, 3)
    ]  # fmt: skip
    generator.shuffle(sent)
    inventory = Inventory(settings, STREAM)
    half = len(sent) // 2
    # Two builds, so that the second must correct what the first has counted.
    for part in (sent[:half], sent[half:]):
        inventory.send(part)
        load(settings, STREAM)
        build(settings)
    with connect(settings) as connection:
        row = connection.execute(_CURRENT).fetchone()
    landed, current, newest = row or (0, 0, 0)
    outcome.times, outcome.sent, outcome.landed = records, len(sent), landed
    outcome.lost, outcome.twice = len(sent) - landed, max(0, current - records)
    outcome.expect(
        newest == records, f"of {records} records {newest} count with their last revision"
    )
    return outcome


_CURRENT = """
    select count(*)::integer, (count(*) filter (where is_current))::integer,
        (count(*) filter (where is_current and revision = 3 and amount_paid_fen = 3))::integer
    from intermediate.int_wage_payment_records where record_id like 'order-%'"""


def _a_year_old(environment: FaultEnvironment, settings: Settings) -> Outcome:
    """Send records with a timestamp a year old, which Kafka must retain as long as others."""
    outcome = Outcome("records with a timestamp a year old")
    environment.log(outcome.fault)
    inventory = Inventory(settings, STREAM)
    before = topic_states(settings, [WAGES])[STREAM].first
    values = [
        message(STREAM, record_id=f"old-{number}", recorded_at="2022-01-10T00:00:00Z")
        for number in range(environment.sized(2_000, 200))
    ]
    producer = Producer({**librdkafka_settings(settings, "producer"), "log_level": 0})
    stamp = int(time.time() * 1000) - YEAR_MILLISECONDS
    for value in values:
        producer.produce(WAGES.topic, value, timestamp=stamp, on_delivery=inventory.record_delivery)
    producer.flush(60)
    time.sleep(RETENTION_SECONDS)
    after = topic_states(settings, [WAGES])[STREAM].first
    outcome.expect(before == after, "retention deleted records that had just arrived")
    expect_statuses(outcome, [start(load, settings, STREAM).result()], {DONE})
    with connect(settings) as connection:
        row = connection.execute(
            "select count(*), count(distinct record_id) from landing.wage_payment"
            " where record_id like 'old-%'"
        ).fetchone()
    landed, distinct = row or (0, 0)
    outcome.times, outcome.sent, outcome.landed = len(values), len(values), landed
    outcome.lost, outcome.twice = len(values) - distinct, landed - distinct
    return outcome
