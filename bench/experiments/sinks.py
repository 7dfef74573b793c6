"""The loader compared with a JDBC sink and with a plain loop from Kafka to PostgreSQL.

All three write the same records on the same servers. The other two write a table without offsets
and with one key, so they have less to do. They validate nothing and quarantine nothing.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka.admin import AdminClient, NewTopic

from bench.environment import BenchEnvironment, work
from bench.experiments.connect import ConnectWorker, connect_messages, create_sink_table, key_of
from bench.loader import CONFLUENT
from bench.measurements import Measurement, Threshold, median, timed
from bench.worker import peak_memory_mb
from livelihood.contracts import load_contract
from livelihood.kafka.clients import librdkafka_settings
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.databases import checkpoint
from testkit.simulated_messages import valid_messages
from testkit.topics import Message, OffsetRange, fill, produce, rewind

TITLE = "Sinks: the loader compared with Kafka Connect and a plain loop, first row to last row"
STREAM = "employment"
TABLE = "sunk"
TOPIC = "livelihood.bench.connect"
CONNECT, LOOP = "Debezium JDBC", "executemany"
TIMEOUT_SECONDS = 600
POLL_SECONDS = 1.0
MIN_RATIO_TO_CONNECT = (Threshold(3.0, is_minimum=True, of_ratio=True),)
MIN_RATIO_TO_LOOP = (Threshold(8.0, is_minimum=True, of_ratio=True),)


@dataclass(frozen=True)
class Run:
    """Records a second from the first to the last row; seconds before the first; memory in MB."""

    rate: float
    start: float
    memory: float


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure rate, seconds to the first row, and memory of all three."""
    rounds = environment.sized(3, 1)
    messages = valid_messages(environment, STREAM, environment.sized(200_000, 3_000))
    keys = len(set(map(key_of, messages)))
    with environment.database() as settings:
        offsets = fill(settings, STREAM, messages, len(messages))
        loader = _median([_load(environment, settings, offsets) for _ in range(rounds)])
        loop = _median([_loop(environment, settings, offsets, keys) for _ in range(rounds)])
        _fill_topic(settings, messages)
        sink = _median([_sink(environment, settings, keys, number) for number in range(rounds)])
    title = f"{len(messages):,} records, "
    return [
        Measurement(
            f"{title}the loader", loader.rate, "records/s", CONNECT, sink.rate, MIN_RATIO_TO_CONNECT
        ),
        Measurement(
            f"{title}the loader", loader.rate, "records/s", LOOP, loop.rate, MIN_RATIO_TO_LOOP
        ),
        Measurement("  before the first row", loader.start, "s", CONNECT, sink.start),
        Measurement("  before the first row", loader.start, "s", LOOP, loop.start),
        Measurement("  peak memory", loader.memory, "MB", CONNECT, sink.memory),
        Measurement("  peak memory", loader.memory, "MB", LOOP, loop.memory),
    ]


def _median(runs: list[Run]) -> Run:
    names = [field.name for field in dataclasses.fields(Run)]
    return Run(**{name: median([getattr(run, name) for run in runs]) for name in names})


def _load(environment: BenchEnvironment, settings: Settings, offsets: OffsetRange) -> Run:
    """Run the loader and time the whole load, because it commits all rows together."""
    environment.log("loading with the loader")
    rewind(settings, offsets)
    checkpoint(settings)
    total, report = timed(lambda: work(settings, "load", STREAM, CONFLUENT))
    seconds = report["seconds"]
    return Run(offsets.records / seconds, total - seconds, report["peak_memory_mb"])


def _loop(
    environment: BenchEnvironment, settings: Settings, offsets: OffsetRange, keys: int
) -> Run:
    environment.log("loading with kafka-python and executemany")
    create_sink_table(settings, load_contract(STREAM), TABLE)
    checkpoint(settings)
    began = time.time()
    report = work(settings, "plain_loop", STREAM, TABLE, json.dumps(offsets.start))
    return _run(settings, keys, began, report["peak_memory_mb"])


def _sink(environment: BenchEnvironment, settings: Settings, keys: int, number: int) -> Run:
    environment.log("loading with Kafka Connect and Debezium's JDBC sink")
    contract = load_contract(STREAM)
    create_sink_table(settings, contract, TABLE)
    checkpoint(settings)
    worker = ConnectWorker(settings, contract, TOPIC, TABLE, f"sink-{number}")
    began = time.time()
    with worker:
        _wait(worker, lambda: _rows(settings), keys)
        process = worker.process()
        memory = peak_memory_mb(process.pid) if process else 0.0
    return _run(settings, keys, began, memory)


def _wait(worker: ConnectWorker, rows: Callable[[], int], count: int) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while (written := rows()) < count:
        if failure := worker.failure():
            raise RuntimeError(f"the sink failed:\n{failure}")
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"the sink wrote {written} of {count} rows in {TIMEOUT_SECONDS} s; see "
                f"{worker.log_path}"
            )
        time.sleep(POLL_SECONDS)


def _run(settings: Settings, keys: int, began: float, memory: float) -> Run:
    """Compute a run from the times at which its rows were inserted."""
    with connect(settings) as connection:
        row = connection.execute(
            "select count(*), extract(epoch from min(_landed_at))::float,"
            f" extract(epoch from max(_landed_at))::float from bench.{TABLE}".encode()
        ).fetchone()
    count, first, last = row or (0, 0.0, 0.0)
    if count != keys:
        raise RuntimeError(f"{count} rows were written where {keys} were sent")
    return Run(count / (last - first), first - began, memory)


def _rows(settings: Settings) -> int:
    with connect(settings) as connection:
        row = connection.execute(f"select count(*) from bench.{TABLE}".encode()).fetchone()
    return int(row[0]) if row else 0


def _fill_topic(settings: Settings, messages: list[Message]) -> None:
    """Create a topic like the stream's, with messages that fit Kafka Connect's schema."""
    contract = load_contract(STREAM)
    admin = AdminClient(librdkafka_settings(settings, "admin"))
    (creation,) = admin.create_topics([NewTopic(TOPIC, contract.partitions, 1)]).values()
    creation.result()
    fitting = connect_messages(contract, messages)
    produce(settings, TOPIC, contract.compression, fitting)
