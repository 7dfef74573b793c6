"""Memory of the loader when ten million records wait, beside a tenth of them."""

from __future__ import annotations

from bench.bed import Bed
from bench.figures import Aim, Figure
from bench.loader import CONFLUENT, LARGEST, SMALL, load_seconds
from bench.messages import prepared
from bench.topics import Stretch, checkpoint, fill
from livelihood.settings import Settings

TITLE = "Memory: the loader's peak does not grow with what waits"
# Ten times as many records; the rest is the noise of the allocator.
FLAT = (*SMALL, Aim(1.1, is_least=False, of_ratio=True))


def measure(bed: Bed) -> list[Figure]:
    """Peak memory and rate of one load of a million and of one of ten million records."""
    few, many = bed.sized(1_000_000, 20_000), bed.sized(10_000_000, 200_000)
    # The same messages over and over: the loader keeps nothing of a record it has copied.
    messages = prepared(bed, LARGEST, few)
    with bed.database() as settings:
        peak_of_few, rate_of_few = _load(bed, settings, fill(settings, LARGEST, messages, few))
        peak, rate = _load(bed, settings, fill(settings, LARGEST, messages, many))
    return [
        Figure(f"peak memory, {many:,} waiting", peak, "MB", f"{few:,}", peak_of_few, FLAT),
        Figure("records loaded", rate, "records/s", f"{few:,}", rate_of_few),
    ]


def _load(bed: Bed, settings: Settings, stretch: Stretch) -> tuple[float, float]:
    bed.say(f"loading {stretch.records:,} records")
    checkpoint(settings)
    memory: list[float] = []
    seconds = load_seconds(settings, stretch, CONFLUENT, memory)
    return memory[0], stretch.records / seconds
