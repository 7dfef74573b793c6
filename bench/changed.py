"""What a build costs by how much is touched, and that the length of the catalogue does not matter.

Every change arrives in a copy of the same published platform; a change is a new revision that is
counted anew, whether or not a figure moves by it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from bench.corrections import send_share, send_township_month
from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, median
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.settings import ROOT, Settings
from testkit.county import published
from testkit.simulated_messages import new_spell, send_spell

TITLE = "Touched: seconds of a build by what has changed, beside a full refresh of the same records"
SHARES = (0.01, 0.1)
# What `bench.worker` needs to build in a copy of the code.
PACKAGES = ("bench", "contracts", "dbt_project", "expectations", "infra", "livelihood", "testkit")
CATALOGUE = Path("dbt_project", "seeds", "indicators.csv")
FULL = "full refresh"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Builds after one record, a township's month and shares of all; with half the catalogue."""
    with published(environment) as settings:
        environment.log("building all anew, then after one record")
        full = _seconds(settings, "full")
        one = _after_one_record(environment, settings, ROOT)
    figures = [
        Measurement("1 record", one, "s", FULL, full),
        _after(
            environment,
            full,
            "1 township, 1 month",
            lambda made: send_township_month(environment, made),
        ),
        *(_after_share(environment, full, share) for share in SHARES),
        _with_half_the_catalogue(environment, one),
    ]
    return [*figures, *([_after_all(environment)] if "touched" in environment.named else [])]


def _seconds(settings: Settings, kind: str = "incremental", root: Path = ROOT) -> float:
    done = work(settings, "build", kind, root=root)
    if not done["is_new"]:
        raise RuntimeError("nothing had changed, so nothing was measured")
    return float(done["seconds"])


def _arrive(settings: Settings, send: Callable[[Settings], int]) -> int:
    """Let records arrive and land; return how many."""
    sent = send(settings)
    for stream in load_contracts():
        load(settings, stream)
    return sent


def _after_one_record(environment: BenchEnvironment, settings: Settings, root: Path) -> float:
    """Median of builds after one new spell each."""

    def send(made: Settings) -> int:
        send_spell(made, new_spell(environment))
        return 1

    taken = []
    for _ in range(environment.sized(3, 1)):
        _arrive(settings, send)
        taken.append(_seconds(settings, root=root))
    return median(taken)


def _after(
    environment: BenchEnvironment, full: float, title: str, send: Callable[[Settings], int]
) -> Measurement:
    environment.log(f"building after {title}")
    with published(environment) as settings:
        sent = _arrive(settings, send)
        return Measurement(f"{title}: {sent:,} records", _seconds(settings), "s", FULL, full)


def _after_share(environment: BenchEnvironment, full: float, share: float) -> Measurement:
    return _after(
        environment, full, f"{share:.0%}", lambda made: send_share(environment, made, share)
    )


def _after_all(environment: BenchEnvironment) -> Measurement:
    """Twice as many rows have landed by then, so the full refresh beside it is one of its own."""
    environment.log("building after all records have changed")
    with published(environment) as settings:
        sent = _arrive(settings, lambda made: send_share(environment, made, 1.0))
        seconds = _seconds(settings)
        return Measurement(
            f"100%: {sent:,} records", seconds, "s", FULL, _seconds(settings, kind="full")
        )


def _with_half_the_catalogue(environment: BenchEnvironment, whole: float) -> Measurement:
    environment.log("building after one record with half of the indicators")
    with published(environment) as settings, _half_the_catalogue() as (root, half, all_):
        # What has changed in the catalogue is computed anew once, whatever has landed.
        _seconds(settings, root=root)
        seconds = _after_one_record(environment, settings, root)
    return Measurement(f"1 record, {half} indicators", seconds, "s", f"{all_} indicators", whole)


@contextmanager
def _half_the_catalogue() -> Iterator[tuple[Path, int, int]]:
    """A copy of the code whose catalogue lacks every second indicator; how many it has, and had.

    Targets of the others stay in the registry and are shown without data.
    """
    with tempfile.TemporaryDirectory(prefix="livelihood-") as folder:
        root = Path(folder)
        for name in PACKAGES:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("target"))
        catalogue = pl.read_csv(root / CATALOGUE, infer_schema=False)
        half = catalogue.gather_every(2)
        half.write_csv(root / CATALOGUE)
        yield root, half.height, catalogue.height
