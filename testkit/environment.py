"""What benchmarks and fault experiments run in: servers, databases and a simulated county."""

from __future__ import annotations

import datetime as dt
import functools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from infra.local.environment import process_environment
from livelihood.settings import ROOT, Settings
from simulator import Simulation, load_profile, simulate
from testkit.databases import temporary_database
from testkit.platforms import empty_platform
from testkit.servers import Servers, move_home

COUNTY_START, COUNTY_END = dt.date(2022, 1, 1), dt.date(2023, 6, 30)
SMALL_COUNTY_SCALE = 0.02


class Environment:
    """Running PostgreSQL and Kafka, temporary databases, and the simulated county."""

    def __init__(
        self, servers: Servers, console: Console, *, is_short: bool, is_small_county: bool
    ) -> None:
        self.settings = servers.settings
        self.postgres = servers.postgres
        self.kafka = servers.kafka
        self.console = console
        self.is_short = is_short
        self.is_small_county = is_small_county
        # Databases that several sections share; closed with the environment.
        self.resources = ExitStack()

    @functools.cached_property
    def county(self) -> Simulation:
        """The simulated county, faults included."""
        self.log("simulating the county")
        profile = load_profile("ceheng")
        if self.is_small_county:
            profile = profile.scaled(SMALL_COUNTY_SCALE)
        return simulate(profile, 1, COUNTY_START, COUNTY_END)

    def sized(self, full: int, short: int) -> int:
        """Return the size for a full run, or for a short one."""
        return short if self.is_short else full

    def log(self, text: str) -> None:
        """Print what is being done now."""
        self.console.print(f"[dim]{text} ...[/dim]", highlight=False)

    @contextmanager
    def database(self, original: Settings | None = None) -> Iterator[Settings]:
        """Yield settings of a migrated database, or of a copy of another; drop it afterwards."""
        with temporary_database(self.settings, self.postgres, original) as settings:
            yield settings

    @contextmanager
    def platform(self, **changes: Any) -> Iterator[Settings]:
        """Yield an empty platform in which nothing waits, with changed settings."""
        settings = self.settings.model_copy(update=changes)
        with empty_platform(settings, self.postgres) as platform:
            yield platform

    @contextmanager
    def copy(self, original: Settings, home: Path | None = None) -> Iterator[Settings]:
        """Yield a platform with a copy of the warehouse and of dbt's files.

        Its home folder is `home`, or a temporary one.
        """
        with (
            self.database(original) as database,
            tempfile.TemporaryDirectory(prefix="livelihood-") as temporary_home,
        ):
            platform = move_home(database, home or Path(temporary_home))
            if original.dbt_target.exists():
                shutil.copytree(original.dbt_target, platform.dbt_target, dirs_exist_ok=True)
            yield platform


def run_module(settings: Settings, module: str, *arguments: str, root: Path = ROOT) -> list[str]:
    """Run a module in a process of its own with these settings. Return the lines it printed.

    The code is that of the folder `root`. Raises RuntimeError if the process fails.
    """
    process = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        env=process_environment(settings) | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{process.stdout}")
    return process.stdout.splitlines()
