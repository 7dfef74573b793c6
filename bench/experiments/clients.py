"""The two Kafka clients behind the loader's reader: reading alone, and the whole loader."""

from __future__ import annotations

from bench.environment import BenchEnvironment, work
from bench.loader import CONFLUENT, load_seconds
from bench.measurements import Measurement, alternate
from livelihood.settings import Settings
from testkit.databases import checkpoint
from testkit.simulated_messages import valid_messages
from testkit.topics import fill

TITLE = "Kafka clients behind one reader: confluent-kafka compared with kafka-python"
KAFKA_PYTHON = "kafka-python"
STREAM = "employment"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure records per second with each client, only read and loaded."""
    count = environment.sized(400_000, 20_000)
    rounds = environment.sized(3, 1)
    with environment.database() as settings:
        environment.log("reading with both clients")
        offsets = fill(settings, STREAM, valid_messages(environment, STREAM, count), count)
        read = alternate(
            rounds,
            lambda: _read_rate(settings, CONFLUENT, count),
            lambda: _read_rate(settings, KAFKA_PYTHON, count),
        )
        loaded = alternate(
            rounds,
            lambda: count / load_seconds(settings, offsets, CONFLUENT, []),
            lambda: count / load_seconds(settings, offsets, KAFKA_PYTHON, []),
            between=lambda: checkpoint(settings),
        )
    return [
        Measurement("read only", read[0], "records/s", KAFKA_PYTHON, read[1]),
        Measurement("the whole loader", loaded[0], "records/s", KAFKA_PYTHON, loaded[1]),
    ]


def _read_rate(settings: Settings, reader: str, count: int) -> float:
    report = work(settings, "consume", STREAM, reader, str(count))
    return float(report["records"] / report["seconds"])
