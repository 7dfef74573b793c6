"""Memory of the loader when ten million records wait, compared with a tenth of them."""

from __future__ import annotations

from bench.environment import BenchEnvironment
from bench.loader import CONFLUENT, LARGE_STREAM, SMALL, load_seconds
from bench.measurements import Measurement, Threshold
from livelihood.settings import Settings
from testkit.databases import checkpoint
from testkit.simulated_messages import valid_messages
from testkit.topics import OffsetRange, fill

TITLE = "Memory: the loader's peak does not grow with the backlog"
# Ten times as many records; the rest is the noise of the allocator.
FLAT = (*SMALL, Threshold(1.1, is_minimum=False, of_ratio=True))


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure peak memory and rate of a load of one million and one of ten million records."""
    few, many = environment.sized(1_000_000, 20_000), environment.sized(10_000_000, 200_000)
    # The same messages are repeated: the loader stores nothing of a record it has copied.
    messages = valid_messages(environment, LARGE_STREAM, few)
    with environment.database() as settings:
        peak_of_few, rate_of_few = _load(
            environment, settings, fill(settings, LARGE_STREAM, messages, few)
        )
        peak, rate = _load(environment, settings, fill(settings, LARGE_STREAM, messages, many))
    return [
        Measurement(f"peak memory, {many:,} waiting", peak, "MB", f"{few:,}", peak_of_few, FLAT),
        Measurement("records loaded", rate, "records/s", f"{few:,}", rate_of_few),
    ]


def _load(
    environment: BenchEnvironment, settings: Settings, offsets: OffsetRange
) -> tuple[float, float]:
    environment.log(f"loading {offsets.records:,} records")
    checkpoint(settings)
    memory: list[float] = []
    seconds = load_seconds(settings, offsets, CONFLUENT, memory)
    return memory[0], offsets.records / seconds
