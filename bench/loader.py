"""Loader: Kafka to committed rows, compared with COPY of the same rows; memory; broken records."""

from __future__ import annotations

from collections.abc import Sequence

from bench.broken_messages import with_faults
from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, Threshold, alternate, median
from bench.plain_copy import copy_seconds, create_table, write_csv
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from testkit.databases import checkpoint
from testkit.simulated_messages import valid_messages
from testkit.topics import Message, OffsetRange, fill, rewind

TITLE = "Loader: Kafka to committed rows, decoded, validated, rejects quarantined"
FAST = (Threshold(150_000, is_minimum=True), Threshold(0.6, is_minimum=True, of_ratio=True))
SMALL = (Threshold(1_000, is_minimum=False),)
# At most twice the time.
HALF_THE_RATE = (Threshold(0.5, is_minimum=True, of_ratio=True),)
# Streams with fewer records are measured with this many, by repeating their messages.
MIN_RECORDS = 200_000
LARGE_STREAM = "social_insurance"
SHARES = (0.01, 0.1, 1.0)
CONFLUENT = "confluent-kafka"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure throughput per stream, peak memory at two backlogs, and loads of broken records."""
    count = environment.sized(500_000, 20_000)
    with environment.database() as settings:
        measurements = [
            measurement
            for stream in load_contracts()
            for measurement in _throughput(environment, settings, stream, count)
        ]
        return [*measurements, *_with_faults(environment, settings, count)]


def load_seconds(
    settings: Settings, offsets: OffsetRange, reader: str, memory: list[float]
) -> float:
    """Load the offsets into an empty table. Return the seconds, append the peak memory in MB."""
    rewind(settings, offsets)
    report = work(settings, "load", offsets.stream, reader)
    if report["records"] + report["rejected"] != offsets.records:
        raise RuntimeError(f"the loader took {report} of {offsets.records} records")
    memory.append(report["peak_memory_mb"])
    return float(report["seconds"])


def _throughput(
    environment: BenchEnvironment, settings: Settings, stream: str, count: int
) -> list[Measurement]:
    environment.log(f"loading {stream}")
    messages = valid_messages(environment, stream, count)
    if len(messages) < MIN_RECORDS:
        count = min(count, MIN_RECORDS)
    offsets = fill(settings, stream, messages, count)
    memory: list[float] = []
    measurements = [_compared_with_copy(environment, settings, offsets, stream, memory)]
    if stream == LARGE_STREAM:
        fill(settings, stream, messages, 2 * count)
        once = median(memory)
        measurements.append(
            Measurement(f"  peak memory, {count:,} waiting", once, "MB", thresholds=SMALL)
        )
        measurements.append(_memory_of_triple(settings, offsets, 3 * count, once))
    return measurements


def _compared_with_copy(
    environment: BenchEnvironment,
    settings: Settings,
    offsets: OffsetRange,
    title: str,
    memory: list[float],
) -> Measurement:
    path = settings.home / f"{offsets.stream}.csv"
    rows = write_csv(settings, offsets, path)
    create_table(settings, offsets.stream)
    loader, copy = alternate(
        environment.sized(3, 1),
        lambda: load_seconds(settings, offsets, CONFLUENT, memory),
        lambda: copy_seconds(settings, offsets.stream, path),
        between=lambda: checkpoint(settings),
    )
    path.unlink()
    return Measurement(title, offsets.records / loader, "records/s", "COPY", rows / copy, FAST)


def _memory_of_triple(
    settings: Settings, offsets: OffsetRange, count: int, once: float
) -> Measurement:
    """Measure the peak memory of a load from the start of the offsets to the end of the topic."""
    rewind(settings, offsets)
    report = work(settings, "load", offsets.stream, CONFLUENT)
    rate = report["records"] / report["seconds"]
    title = f"  peak memory, {count:,} waiting ({rate:,.0f} records/s)"
    return Measurement(title, report["peak_memory_mb"], "MB", "a third", once, SMALL)


def _with_faults(
    environment: BenchEnvironment, settings: Settings, count: int
) -> list[Measurement]:
    """Compare records of which a share is broken with the same number of valid ones."""
    # Not alternately: a load continues to the end of the topic.
    messages = valid_messages(environment, LARGE_STREAM, count)
    good, _ = _rate(environment, settings, messages)
    measurements: list[Measurement] = []
    for share in SHARES:
        environment.log(f"loading with {share:.0%} broken records")
        broken, memory = _rate(environment, settings, with_faults(messages, share))
        measurements += [
            Measurement(
                f"{LARGE_STREAM}, {share:.0%} broken",
                broken,
                "records/s",
                "none broken",
                good,
                HALF_THE_RATE,
            ),
            Measurement("  peak memory", memory, "MB", thresholds=SMALL),
        ]
    return measurements


def _rate(
    environment: BenchEnvironment, settings: Settings, messages: Sequence[Message]
) -> tuple[float, float]:
    """Load the messages. Return the medians of records per second and of peak memory in MB."""
    offsets = fill(settings, LARGE_STREAM, messages, len(messages))
    memory: list[float] = []
    (seconds,) = alternate(
        environment.sized(3, 1),
        lambda: load_seconds(settings, offsets, CONFLUENT, memory),
        between=lambda: checkpoint(settings),
    )
    return len(messages) / seconds, median(memory)
