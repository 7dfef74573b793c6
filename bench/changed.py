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

from bench.arrivals import new_spell, send_event, send_share, send_township_month
from bench.bed import Bed, work
from bench.county import published
from bench.figures import Figure, median
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.settings import ROOT, Settings

TITLE = "Touched: seconds of a build by what has changed, beside a full refresh of the same records"
SHARES = (0.01, 0.1)
CATALOGUE = Path("dbt_project", "seeds", "indicators.csv")
FULL = "full refresh"


def measure(bed: Bed) -> list[Figure]:
    """Builds after one record, a township's month and shares of all; with half the catalogue."""
    with published(bed) as settings:
        bed.say("building all anew, then after one record")
        full = _seconds(settings, "full")
        one = _after_one_record(bed, settings, ROOT)
    figures = [
        Figure("1 record", one, "s", FULL, full),
        _after(bed, full, "1 township, 1 month", lambda made: send_township_month(bed, made)),
        *(_after_share(bed, full, share) for share in SHARES),
        _with_half_the_catalogue(bed, one),
    ]
    return [*figures, *([_after_all(bed)] if "touched" in bed.named else [])]


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


def _after_one_record(bed: Bed, settings: Settings, root: Path) -> float:
    """Median of builds after one new spell each."""

    def send(made: Settings) -> int:
        send_event(made, new_spell(bed))
        return 1

    taken = []
    for _ in range(bed.sized(3, 1)):
        _arrive(settings, send)
        taken.append(_seconds(settings, root=root))
    return median(taken)


def _after(bed: Bed, full: float, title: str, send: Callable[[Settings], int]) -> Figure:
    bed.say(f"building after {title}")
    with published(bed) as settings:
        sent = _arrive(settings, send)
        return Figure(f"{title}: {sent:,} records", _seconds(settings), "s", FULL, full)


def _after_share(bed: Bed, full: float, share: float) -> Figure:
    return _after(bed, full, f"{share:.0%}", lambda made: send_share(bed, made, share))


def _after_all(bed: Bed) -> Figure:
    """Twice as many rows have landed by then, so the full refresh beside it is one of its own."""
    bed.say("building after all records have changed")
    with published(bed) as settings:
        sent = _arrive(settings, lambda made: send_share(bed, made, 1.0))
        seconds = _seconds(settings)
        return Figure(
            f"100%: {sent:,} records", seconds, "s", FULL, _seconds(settings, kind="full")
        )


def _with_half_the_catalogue(bed: Bed, whole: float) -> Figure:
    bed.say("building after one record with half of the indicators")
    with published(bed) as settings, _half_the_catalogue() as (root, half, all_):
        # What has changed in the catalogue is computed anew once, whatever has landed.
        _seconds(settings, root=root)
        seconds = _after_one_record(bed, settings, root)
    return Figure(f"1 record, {half} indicators", seconds, "s", f"{all_} indicators", whole)


@contextmanager
def _half_the_catalogue() -> Iterator[tuple[Path, int, int]]:
    """A copy of the code whose catalogue lacks every second indicator; how many it has, and had.

    Targets of the others stay in the registry and are shown without data.
    """
    with tempfile.TemporaryDirectory(prefix="livelihood-") as folder:
        root = Path(folder)
        for name in ("bench", "contracts", "dbt_project", "expectations", "infra", "livelihood"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("target"))
        catalogue = pl.read_csv(root / CATALOGUE, infer_schema=False)
        half = catalogue.gather_every(2)
        half.write_csv(root / CATALOGUE)
        yield root, half.height, catalogue.height
