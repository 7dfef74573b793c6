"""Loader: Kafka to committed rows, beside plain COPY of the same rows; memory; broken records."""

from __future__ import annotations

from collections.abc import Sequence

from bench.bed import Bed, work
from bench.copying import copy_seconds, make_table, write_csv
from bench.figures import Aim, Figure, alternate, median
from bench.messages import prepared, with_faults
from bench.topics import Message, Stretch, checkpoint, fill, rewind
from livelihood.contracts import load_contracts
from livelihood.settings import Settings

TITLE = "Loader: Kafka to committed rows, decoded, validated, rejects quarantined"
FAST = (Aim(150_000, is_least=True), Aim(0.6, is_least=True, of_ratio=True))
SMALL = (Aim(1_000, is_least=False),)
# Twice the time is half the rate.
AT_MOST_DOUBLE = (Aim(0.5, is_least=True, of_ratio=True),)
# Streams with fewer records than this are measured with so many, by repeating them.
FEW = 200_000
LARGEST = "social_insurance"
SHARES = (0.01, 0.1, 1.0)
CONFLUENT = "confluent-kafka"


def measure(bed: Bed) -> list[Figure]:
    """Throughput per stream, peak memory at one and three times the backlog, broken records."""
    count = bed.sized(500_000, 20_000)
    with bed.database() as settings:
        figures = [
            figure
            for stream in load_contracts()
            for figure in _throughput(bed, settings, stream, count)
        ]
        return [*figures, *_with_faults(bed, settings, count)]


def load_seconds(settings: Settings, stretch: Stretch, reader: str, memory: list[float]) -> float:
    """Seconds of one load of the stretch into an empty table; notes its peak memory in MB."""
    rewind(settings, stretch)
    done = work(settings, "load", stretch.stream, reader)
    if done["records"] + done["rejected"] != stretch.records:
        raise RuntimeError(f"the loader took {done} of {stretch.records} records")
    memory.append(done["peak_memory_mb"])
    return float(done["seconds"])


def _throughput(bed: Bed, settings: Settings, stream: str, count: int) -> list[Figure]:
    bed.say(f"loading {stream}")
    messages = prepared(bed, stream, count)
    if len(messages) < FEW:
        count = min(count, FEW)
    stretch = fill(settings, stream, messages, count)
    memory: list[float] = []
    figures = [_beside_copy(bed, settings, stretch, stream, memory)]
    if stream == LARGEST:
        fill(settings, stream, messages, 2 * count)
        once = median(memory)
        figures.append(Figure(f"  peak memory, {count:,} waiting", once, "MB", aims=SMALL))
        figures.append(_memory_of_triple(settings, stretch, 3 * count, once))
    return figures


def _beside_copy(
    bed: Bed, settings: Settings, stretch: Stretch, title: str, memory: list[float]
) -> Figure:
    path = settings.home / f"{stretch.stream}.csv"
    rows = write_csv(settings, stretch, path)
    make_table(settings, stretch.stream)
    loader, copy = alternate(
        bed.sized(3, 1),
        lambda: load_seconds(settings, stretch, CONFLUENT, memory),
        lambda: copy_seconds(settings, stretch.stream, path),
        between=lambda: checkpoint(settings),
    )
    path.unlink()
    return Figure(title, stretch.records / loader, "records/s", "COPY", rows / copy, FAST)


def _memory_of_triple(settings: Settings, stretch: Stretch, count: int, once: float) -> Figure:
    """The load begins where the stretch begins and goes on to the end of the topic."""
    rewind(settings, stretch)
    done = work(settings, "load", stretch.stream, CONFLUENT)
    rate = done["records"] / done["seconds"]
    title = f"  peak memory, {count:,} waiting ({rate:,.0f} records/s)"
    return Figure(title, done["peak_memory_mb"], "MB", "a third", once, SMALL)


def _with_faults(bed: Bed, settings: Settings, count: int) -> list[Figure]:
    """Records of which a share is broken, beside the same number of good ones."""
    # One after the other and not in turn: a load goes on to the end of the topic.
    messages = prepared(bed, LARGEST, count)
    good, _ = _rate(bed, settings, messages)
    figures: list[Figure] = []
    for share in SHARES:
        bed.say(f"loading with {share:.0%} broken records")
        broken, memory = _rate(bed, settings, with_faults(messages, share))
        figures += [
            Figure(
                f"{LARGEST}, {share:.0%} broken",
                broken,
                "records/s",
                "none broken",
                good,
                AT_MOST_DOUBLE,
            ),
            Figure("  peak memory", memory, "MB", aims=SMALL),
        ]
    return figures


def _rate(bed: Bed, settings: Settings, messages: Sequence[Message]) -> tuple[float, float]:
    """Records a second and peak memory of loading so many messages, medians."""
    stretch = fill(settings, LARGEST, messages, len(messages))
    memory: list[float] = []
    (seconds,) = alternate(
        bed.sized(3, 1),
        lambda: load_seconds(settings, stretch, CONFLUENT, memory),
        between=lambda: checkpoint(settings),
    )
    return len(messages) / seconds, median(memory)
