"""Seconds of a build by how much has changed, and by the length of the catalogue.

Every change arrives in a copy of the same published platform. A change is a new revision, which is
counted again even if no figure differs.
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
from livelihood.settings import ROOT, Settings
from testkit.county import published
from testkit.platforms import load_all
from testkit.simulated_messages import new_spell, send_spell

TITLE = "Changed: seconds of a build by what has changed, compared with a full refresh"
SHARES = (0.01, 0.1)
# What `bench.worker` needs to build in a copy of the code.
PACKAGES = ("bench", "contracts", "dbt_project", "expectations", "infra", "livelihood", "testkit")
CATALOGUE = Path("dbt_project", "seeds", "indicators.csv")
FULL = "full refresh"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure builds after one record, a township's month and shares; with half the catalogue."""
    with published(environment) as settings:
        environment.log("building everything, then after one record")
        full = _seconds(settings, "full")
        one = _after_one_record(environment, settings, ROOT)
    measurements = [
        Measurement("1 record", one, "s", FULL, full),
        _after(
            environment,
            full,
            "1 township, 1 month",
            lambda platform: send_township_month(environment, platform),
        ),
        *(_after_share(environment, full, share) for share in SHARES),
        _with_half_the_catalogue(environment, one),
    ]
    return [*measurements, *([_after_all(environment)] if "changed" in environment.named else [])]


def _seconds(settings: Settings, kind: str = "incremental", root: Path = ROOT) -> float:
    report = work(settings, "build", kind, root=root)
    if not report["is_new"]:
        raise RuntimeError("nothing had changed, so nothing was measured")
    return float(report["seconds"])


def _arrive(settings: Settings, send: Callable[[Settings], int]) -> int:
    """Send records and load them. Return how many."""
    sent = send(settings)
    load_all(settings)
    return sent


def _after_one_record(environment: BenchEnvironment, settings: Settings, root: Path) -> float:
    """Return the median of builds after one new spell each."""

    def send(platform: Settings) -> int:
        send_spell(platform, new_spell(environment))
        return 1

    seconds = []
    for _ in range(environment.sized(3, 1)):
        _arrive(settings, send)
        seconds.append(_seconds(settings, root=root))
    return median(seconds)


def _after(
    environment: BenchEnvironment, full: float, title: str, send: Callable[[Settings], int]
) -> Measurement:
    environment.log(f"building after {title}")
    with published(environment) as settings:
        sent = _arrive(settings, send)
        return Measurement(f"{title}: {sent:,} records", _seconds(settings), "s", FULL, full)


def _after_share(environment: BenchEnvironment, full: float, share: float) -> Measurement:
    return _after(
        environment, full, f"{share:.0%}", lambda platform: send_share(environment, platform, share)
    )


def _after_all(environment: BenchEnvironment) -> Measurement:
    """Compare with a full refresh of its own, because twice as many rows have landed."""
    environment.log("building after all records have changed")
    with published(environment) as settings:
        sent = _arrive(settings, lambda platform: send_share(environment, platform, 1.0))
        seconds = _seconds(settings)
        return Measurement(
            f"100%: {sent:,} records", seconds, "s", FULL, _seconds(settings, kind="full")
        )


def _with_half_the_catalogue(environment: BenchEnvironment, baseline: float) -> Measurement:
    environment.log("building after one record with half of the indicators")
    with published(environment) as settings, _half_the_catalogue() as (root, half, total):
        # The first build computes what has changed in the catalogue, so it does not count.
        _seconds(settings, root=root)
        seconds = _after_one_record(environment, settings, root)
    return Measurement(
        f"1 record, {half} indicators", seconds, "s", f"{total} indicators", baseline
    )


@contextmanager
def _half_the_catalogue() -> Iterator[tuple[Path, int, int]]:
    """Yield a copy of the code without every second indicator, their number, and the full number.

    Targets of the removed indicators stay in the registry and are shown without data.
    """
    with tempfile.TemporaryDirectory(prefix="livelihood-") as folder:
        root = Path(folder)
        for name in PACKAGES:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("target"))
        catalogue = pl.read_csv(root / CATALOGUE, infer_schema=False)
        half = catalogue.gather_every(2)
        half.write_csv(root / CATALOGUE)
        yield root, half.height, catalogue.height
