"""The spool of an import: tokenised windows in files, each deleted once Kafka has acknowledged it.

No identifier is written: rows are tokenised before. The windows become segments of the store.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from livelihood.private_files import private_folder
from producers import sender
from producers.encoder import RecordEncoder
from producers.planning.export import Export
from producers.record_ids import RecordIds
from producers.rejects import Reject
from producers.sent.segments import CONTENT_AT, write_segment
from producers.sources.mapper import Mapper

WITHDRAWALS, ROWS, SUMS = "0", "1", "2"


class Spool:
    """Windows of rows in a folder, in the order in which they are sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def exists(self) -> bool:
        """Whether the spool of a plan is still there; an empty one is not."""
        return self._folder.exists()

    @property
    def windows(self) -> list[Path]:
        """Windows that were not acknowledged yet."""
        return sorted(self._folder.glob("*.parquet"))

    def clear(self) -> None:
        """Delete all windows."""
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def write(self, kind: str, rows: pl.DataFrame) -> int:
        """Append rows of a kind as windows and return the number of rows."""
        private_folder(self._folder)
        first = len(list(self._folder.glob(f"{kind}-*.parquet")))
        for number, window in enumerate(rows.iter_slices(sender.WINDOW_ROWS), start=first):
            write_segment(self._folder / f"{kind}-{number:06d}.parquet", window)
        return rows.height


@dataclass
class Filled:
    """Number of rows of a source in the spool, and whether they contain times of their own."""

    rows: int = 0
    has_own_times: bool = False


def fill(
    spool: Spool,
    export: Export,
    ids: RecordIds,
    encoder: RecordEncoder,
    reject: Callable[[list[Reject]], None],
) -> Filled:
    """Write the rows of a source to the spool, without the rejected ones."""
    filled = Filled()
    frames = _with_ids(export, ids, filled)
    with ThreadPoolExecutor(1) as pool:
        # One frame is checked while the next is read.
        upcoming = pool.submit(_next_frame, frames)
        while (frame := upcoming.result()) is not None:
            upcoming = pool.submit(_next_frame, frames)
            checked = encoder.check(frame)
            reject(checked.rejects)
            content_at = pl.lit(export.content_at, pl.Datetime("us", "UTC"))
            rows = checked.rows.with_columns(content_at.alias(CONTENT_AT))
            filled.rows += spool.write(ROWS, rows)
    return filled


def _next_frame(frames: Iterator[pl.DataFrame]) -> pl.DataFrame | None:
    return next(frames, None)


def _with_ids(export: Export, ids: RecordIds, filled: Filled) -> Iterator[pl.DataFrame]:
    """Yield the raw rows of the stream with their origin and record ids."""
    mapper = Mapper(export.mapping, export.contract, is_sparse=export.source.is_sparse)
    row = 0
    for frame in export.source.frames():
        mapped = mapper.apply(frame)
        filled.has_own_times |= "recorded_at" in mapped.columns
        yield ids.add(_with_origin(mapped, export), row)
        row += frame.height


def _with_origin(frame: pl.DataFrame, export: Export) -> pl.DataFrame:
    system = pl.lit(export.source_system, dtype=pl.String)
    moment = pl.lit(export.recorded_at, dtype=pl.Datetime("us", "UTC"))
    return frame.with_columns(
        _filled(frame, "source_system", system), _filled(frame, "recorded_at", moment)
    )


def _filled(frame: pl.DataFrame, name: str, value: pl.Expr) -> pl.Expr:
    return (pl.col(name).fill_null(value) if name in frame.columns else value).alias(name)
