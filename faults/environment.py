"""The environment of fault experiments: servers that may be killed, platforms, and the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from infra.local.kafka import KafkaServer
from testkit.environment import COUNTY_END, Environment
from testkit.servers import Servers, running_servers


class FrequentRetentionKafka(KafkaServer):
    """Kafka that applies retention every second instead of every five minutes."""

    def prepare(self) -> None:
        """Write the configuration with the shorter interval."""
        super().prepare()
        with self.properties_path.open("a") as properties:
            properties.write("log.initial.task.delay.ms=100\n")
            properties.write("log.retention.check.interval.ms=1000\n")


class FaultEnvironment(Environment):
    """Servers, a small county, and randomness that derives from the seed alone."""

    def __init__(self, servers: Servers, console: Console, *, seed: int, short: bool) -> None:
        # The county is small in the long form too: no fault depends on its size.
        super().__init__(servers, console, is_short=short, is_small_county=True)
        self.seed = seed

    def random_generator(self, name: str) -> random.Random:
        """Return the random generator of one experiment, the same whichever ran before."""
        return random.Random(f"{self.seed} {name}")


@contextmanager
def start_environment(console: Console, *, seed: int, short: bool) -> Iterator[FaultEnvironment]:
    """Start PostgreSQL and Kafka with topics in a temporary home. Stop them afterwards."""
    with running_servers(
        FrequentRetentionKafka, as_of_date=COUNTY_END, log_level="WARNING"
    ) as servers:
        environment = FaultEnvironment(servers, console, seed=seed, short=short)
        with environment.resources:
            yield environment
