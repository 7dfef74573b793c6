"""The environment of benchmarks, and work measured in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from livelihood.settings import ROOT, Settings
from testkit.environment import COUNTY_END, Environment, run_module
from testkit.servers import Servers, running_servers


class BenchEnvironment(Environment):
    """Servers, and the simulated county at full size. A small one for quick runs."""

    def __init__(
        self, servers: Servers, console: Console, *, quick: bool, named: frozenset[str]
    ) -> None:
        super().__init__(servers, console, is_short=quick, is_small_county=quick)
        # Sections named on the command line are measured completely, however long that takes.
        self.named = named


@contextmanager
def start_environment(
    console: Console, *, quick: bool, named: frozenset[str]
) -> Iterator[BenchEnvironment]:
    """Start PostgreSQL and Kafka with topics in a temporary home. Stop them afterwards."""
    with running_servers(as_of_date=COUNTY_END, log_level="WARNING") as servers:
        environment = BenchEnvironment(servers, console, quick=quick, named=named)
        with environment.resources:
            yield environment


def work(settings: Settings, *arguments: str, root: Path = ROOT) -> dict[str, Any]:
    """Return what `bench.worker` measured in a process of its own that has these settings.

    With another `root` the code of that folder is measured.
    """
    lines = run_module(settings, "bench.worker", *arguments, root=root)
    result: dict[str, Any] = json.loads(lines[-1])
    return result
