"""Loader: Kafka to committed rows, beside plain COPY of the same rows; memory; broken records."""

from __future__ import annotations

from collections.abc import Sequence

from bench.broken_messages import with_faults
from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, Threshold, alternate, median
from bench.plain_copy import copy_seconds, make_table, write_csv
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from testkit.databases import checkpoint
from testkit.simulated_messages import valid_messages
from testkit.topics import Message, OffsetRange, fill, rewind

TITLE = "Loader: Kafka to committed rows, decoded, validated, rejects quarantined"
FAST = (Threshold(150_000, is_minimum=True), Threshold(0.6, is_minimum=True, of_ratio=True))
SMALL = (Threshold(1_000, is_minimum=False),)
# Twice the time is half the rate.
AT_MOST_DOUBLE = (Threshold(0.5, is_minimum=True, of_ratio=True),)
# Streams with fewer records than this are measured with so many, by repeating them.
FEW = 200_000
LARGEST = "social_insurance"
SHARES = (0.01, 0.1, 1.0)
CONFLUENT = "confluent-kafka"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Throughput per stream, peak memory at one and three times the backlog, broken records."""
    count = environment.sized(500_000, 20_000)
    with environment.database() as settings:
        figures = [
            figure
            for stream in load_contracts()
            for figure in _throughput(environment, settings, stream, count)
        ]
        return [*figures, *_with_faults(environment, settings, count)]


def load_seconds(
    settings: Settings, offsets: OffsetRange, reader: str, memory: list[float]
) -> float:
    """Seconds of one load of the offsets into an empty table; notes its peak memory in MB."""
    rewind(settings, offsets)
    done = work(settings, "load", offsets.stream, reader)
    if done["records"] + done["rejected"] != offsets.records:
        raise RuntimeError(f"the loader took {done} of {offsets.records} records")
    memory.append(done["peak_memory_mb"])
    return float(done["seconds"])


def _throughput(
    environment: BenchEnvironment, settings: Settings, stream: str, count: int
) -> list[Measurement]:
    environment.log(f"loading {stream}")
    messages = valid_messages(environment, stream, count)
    if len(messages) < FEW:
        count = min(count, FEW)
    offsets = fill(settings, stream, messages, count)
    memory: list[float] = []
    figures = [_beside_copy(environment, settings, offsets, stream, memory)]
    if stream == LARGEST:
        fill(settings, stream, messages, 2 * count)
        once = median(memory)
        figures.append(
            Measurement(f"  peak memory, {count:,} waiting", once, "MB", thresholds=SMALL)
        )
        figures.append(_memory_of_triple(settings, offsets, 3 * count, once))
    return figures


def _beside_copy(
    environment: BenchEnvironment,
    settings: Settings,
    offsets: OffsetRange,
    title: str,
    memory: list[float],
) -> Measurement:
    path = settings.home / f"{offsets.stream}.csv"
    rows = write_csv(settings, offsets, path)
    make_table(settings, offsets.stream)
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
    """The load begins where the offsets begins and goes on to the end of the topic."""
    rewind(settings, offsets)
    done = work(settings, "load", offsets.stream, CONFLUENT)
    rate = done["records"] / done["seconds"]
    title = f"  peak memory, {count:,} waiting ({rate:,.0f} records/s)"
    return Measurement(title, done["peak_memory_mb"], "MB", "a third", once, SMALL)


def _with_faults(
    environment: BenchEnvironment, settings: Settings, count: int
) -> list[Measurement]:
    """Records of which a share is broken, beside the same number of good ones."""
    # One after the other and not in turn: a load goes on to the end of the topic.
    messages = valid_messages(environment, LARGEST, count)
    good, _ = _rate(environment, settings, messages)
    figures: list[Measurement] = []
    for share in SHARES:
        environment.log(f"loading with {share:.0%} broken records")
        broken, memory = _rate(environment, settings, with_faults(messages, share))
        figures += [
            Measurement(
                f"{LARGEST}, {share:.0%} broken",
                broken,
                "records/s",
                "none broken",
                good,
                AT_MOST_DOUBLE,
            ),
            Measurement("  peak memory", memory, "MB", thresholds=SMALL),
        ]
    return figures


def _rate(
    environment: BenchEnvironment, settings: Settings, messages: Sequence[Message]
) -> tuple[float, float]:
    """Records a second and peak memory of loading so many messages, medians."""
    offsets = fill(settings, LARGEST, messages, len(messages))
    memory: list[float] = []
    (seconds,) = alternate(
        environment.sized(3, 1),
        lambda: load_seconds(settings, offsets, CONFLUENT, memory),
        between=lambda: checkpoint(settings),
    )
    return len(messages) / seconds, median(memory)
