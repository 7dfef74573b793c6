"""The bed every experiment lies in: servers that may be killed, platforms, and the seed."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bench.bed import Bed as BenchBed
from bench.bed import own_settings
from bench.topics import skip_waiting
from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.kafka import create_topics
from livelihood.settings import Settings


class ImpatientKafka(KafkaServer):
    """Kafka that looks every second, instead of every five minutes, for what retention takes."""

    def prepare(self) -> None:
        """As ever, and the shorter interval."""
        super().prepare()
        with self.properties_path.open("a") as properties:
            properties.write("log.initial.task.delay.ms=100\n")
            properties.write("log.retention.check.interval.ms=1000\n")


class Bed(BenchBed):
    """Servers, a small county, and chance that comes from the seed alone."""

    def __init__(
        self,
        settings: Settings,
        postgres: PostgresServer,
        kafka: KafkaServer,
        console: Console,
        *,
        seed: int,
        short: bool,
    ) -> None:
        # The small county in either form: how large it is makes no fault likelier.
        super().__init__(settings, postgres, console, quick=True)
        self.kafka = kafka
        self.seed = seed
        self.short = short

    def chance(self, name: str) -> random.Random:
        """Chance of one experiment, the same whichever experiments ran before."""
        return random.Random(f"{self.seed} {name}")

    def sized(self, full: int, quick: int) -> int:
        """The number of the long form, or that of the short one."""
        return quick if self.short else full

    @contextmanager
    def platform(self) -> Iterator[Settings]:
        """An empty platform in which nothing waits, with a home of its own."""
        with (
            self.database() as settings,
            tempfile.TemporaryDirectory(prefix="livelihood-") as home,
        ):
            own = settings.model_copy(update={"home": Path(home)})
            skip_waiting(own)
            yield own


@contextmanager
def made_bed(console: Console, *, seed: int, short: bool) -> Iterator[Bed]:
    """PostgreSQL and Kafka in a temporary home on free ports, with topics; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="livelihood-faults-"))
    settings = own_settings(home)
    try:
        with PostgresServer(settings) as postgres, ImpatientKafka(settings) as kafka:
            create_topics(settings)
            bed = Bed(settings, postgres, kafka, console, seed=seed, short=short)
            with bed.kept:
                yield bed
    finally:
        shutil.rmtree(home, ignore_errors=True)
