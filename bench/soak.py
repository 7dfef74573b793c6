"""A steady stream of records for twenty minutes: lag, memory, open files and connections.

One process loads repeatedly, as the tasks of Airflow would if they never ended, so that leaks
accumulate there. Nothing is built meanwhile.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from confluent_kafka import Producer

from bench.environment import BenchEnvironment
from bench.measurements import Measurement, Threshold, median
from infra.local.environment import process_environment
from livelihood.contracts import load_contract
from livelihood.kafka.clients import librdkafka_settings
from livelihood.load.backlog import BacklogProbe
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import connect
from testkit.simulated_messages import valid_messages
from testkit.topics import Message, skip_waiting

TITLE = "Soak: 10,000 records a second, steadily"
STREAMS = ("employment", "social_insurance", "wage_payment")
RECORDS_PER_SECOND = 10_000
PARTS_PER_SECOND = 20
STOP_SECONDS = 60
# Noise stays below this; a leak exceeds it within twenty minutes.
STEADY = (Threshold(1.1, is_minimum=False, of_ratio=True),)
NO_MORE = (Threshold(1.0, is_minimum=False, of_ratio=True),)
# The maximum backlog, in seconds of arriving records.
MAX_LAG_SECONDS = 10


@dataclass(frozen=True)
class Sample:
    """Records waiting, memory, open files and connections at one moment."""

    waiting: int
    memory_mb: float
    files: int
    connections: int


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Compare lag, memory, files and connections of the last quarter with the second."""
    seconds = environment.sized(1_200, 30)
    messages = {stream: valid_messages(environment, stream, 100_000) for stream in STREAMS}
    with environment.database() as settings:
        skip_waiting(settings)
        environment.log(f"sending and loading for {seconds} s")
        with _loading(settings) as process, _sending(settings, messages) as sent:
            samples = list(_samples(settings, process, seconds))
            total = sum(sent)
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    return [
        Measurement("records sent", total / seconds, "records/s"),
        _lag("maximum backlog", max(sample.waiting for sample in samples)),
        _compared("waiting, median", "records", median, "waiting", late, early),
        _compared("memory, median", "MB", median, "memory_mb", late, early, STEADY),
        _compared("open files, maximum", "", max, "files", late, early, NO_MORE),
        _compared("connections, maximum", "", max, "connections", late, early, NO_MORE),
    ]


def _lag(title: str, waiting: int) -> Measurement:
    bound = Threshold(MAX_LAG_SECONDS * RECORDS_PER_SECOND, is_minimum=False)
    return Measurement(title, waiting, "records", thresholds=(bound,))


def _compared(
    title: str,
    unit: str,
    summary: Callable[[list[float]], float],
    name: str,
    late: Sequence[Sample],
    early: Sequence[Sample],
    thresholds: tuple[Threshold, ...] = (),
) -> Measurement:
    late_value, early_value = (
        summary([getattr(sample, name) for sample in samples]) for samples in (late, early)
    )
    return Measurement(
        f"{title}, last quarter", late_value, unit, "second quarter", early_value, thresholds
    )


@contextmanager
def _loading(settings: Settings) -> Iterator[psutil.Process]:
    """Run a process that loads the streams in turn. Stop it afterwards, raise if it failed."""
    stopped = settings.home / "soak.stop"
    stopped.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.worker", "soak", str(stopped), json.dumps(STREAMS)]
    with subprocess.Popen(command, cwd=ROOT, env=process_environment(settings)) as running:
        try:
            yield psutil.Process(running.pid)
        finally:
            stopped.touch()
            if running.wait(STOP_SECONDS) != 0:
                raise RuntimeError("the loading process failed; its output is above")


@contextmanager
def _sending(settings: Settings, messages: dict[str, list[Message]]) -> Iterator[list[int]]:
    """Send messages at a steady rate in a thread. Yield the number sent, one item for each part."""
    stopped, sent = threading.Event(), list[int]()
    thread = threading.Thread(target=_send, args=(settings, messages, stopped, sent), daemon=True)
    thread.start()
    try:
        yield sent
    finally:
        stopped.set()
        thread.join(STOP_SECONDS)


def _send(
    settings: Settings,
    messages: dict[str, list[Message]],
    stopped: threading.Event,
    sent: list[int],
) -> None:
    producer = Producer({**librdkafka_settings(settings, "producer"), "linger.ms": 20})
    topics = {stream: load_contract(stream).topic for stream in messages}
    endless = zip(*(itertools.cycle(messages[stream]) for stream in topics), strict=True)
    rounds = RECORDS_PER_SECOND // PARTS_PER_SECOND // len(topics)
    due = time.monotonic()
    while not stopped.is_set():
        for batch in itertools.islice(endless, rounds):
            for topic, (key, value) in zip(topics.values(), batch, strict=True):
                producer.produce(topic, value, key)
        producer.poll(0)
        sent.append(rounds * len(topics))
        due += rounds * len(topics) / RECORDS_PER_SECOND
        stopped.wait(max(0.0, due - time.monotonic()))
    producer.flush(STOP_SECONDS)


def _samples(settings: Settings, process: psutil.Process, seconds: int) -> Iterator[Sample]:
    """Yield one sample per second. Raises psutil.NoSuchProcess if the loading process has ended."""
    deadline = time.monotonic() + seconds
    with BacklogProbe(settings) as probe, connect(settings, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database()"
            ).fetchone()
            yield Sample(
                waiting=sum(state.waiting for state in probe.read().values()),
                memory_mb=process.memory_info().rss / 1e6,
                files=process.num_fds(),
                connections=int(row[0]) if row else 0,
            )
            time.sleep(1)
