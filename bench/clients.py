"""The two Kafka clients behind the loader's reader: reading alone, and the whole loader."""

from __future__ import annotations

from bench.bed import Bed, work
from bench.figures import Figure, alternate
from bench.loader import CONFLUENT, load_seconds
from bench.messages import prepared
from bench.topics import checkpoint, fill
from livelihood.settings import Settings

TITLE = "Kafka clients behind one reader: confluent-kafka beside kafka-python"
KAFKA_PYTHON = "kafka-python"
STREAM = "employment"


def measure(bed: Bed) -> list[Figure]:
    """Records a second with each client, read only and loaded."""
    count = bed.sized(400_000, 20_000)
    rounds = bed.sized(3, 1)
    with bed.database() as settings:
        bed.say("reading with both clients")
        stretch = fill(settings, STREAM, prepared(bed, STREAM, count), count)
        read = alternate(
            rounds,
            lambda: _read_rate(settings, CONFLUENT, count),
            lambda: _read_rate(settings, KAFKA_PYTHON, count),
        )
        loaded = alternate(
            rounds,
            lambda: count / load_seconds(settings, stretch, CONFLUENT, []),
            lambda: count / load_seconds(settings, stretch, KAFKA_PYTHON, []),
            between=lambda: checkpoint(settings),
        )
    return [
        Figure("read only", read[0], "records/s", KAFKA_PYTHON, read[1]),
        Figure("the whole loader", loaded[0], "records/s", KAFKA_PYTHON, loaded[1]),
    ]


def _read_rate(settings: Settings, reader: str, count: int) -> float:
    done = work(settings, "consume", STREAM, reader, str(count))
    return float(done["records"] / done["seconds"])
