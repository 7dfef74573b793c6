"""The store of sent records of one stream and source system."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from livelihood.contracts import Contract
from livelihood.contracts.validation import message_schema
from livelihood.private_files import open_private, private_folder
from livelihood.settings import Settings
from producers.sent.segments import (
    CONTENT_AT,
    SEGMENT,
    read_segments,
    write_segment,
)

# Store of imports whose rows name their source system themselves.
MIXED_SYSTEMS = "_mixed"
_NEWEST_LAST = ("revision", "recorded_at", SEGMENT)
_COMPLETE = "complete"


class SentStore:
    """Segments of sent records in a folder. Use `open_store`."""

    def __init__(self, folder: Path, contract: Contract) -> None:
        self._folder = folder
        self._schema = pl.Schema({**message_schema(contract), CONTENT_AT: pl.Datetime("us", "UTC")})
        self.identity = ("source_system", contract.entity_key, "record_id")

    @property
    def is_complete(self) -> bool:
        """Whether it contains everything that was sent, also by earlier versions."""
        return (self._folder / _COMPLETE).exists()

    def mark_complete(self) -> None:
        """Note that nothing else was sent before."""
        (self._folder / _COMPLETE).touch(0o600)

    def current(self, columns: Sequence[str]) -> pl.DataFrame:
        """Return identity, `columns`, time and `_content_at` of records that are not withdrawn."""
        newest = self._newest(columns)
        return newest.filter(pl.col("operation") != "withdraw").drop("operation", SEGMENT)

    def rows(self, identities: pl.DataFrame) -> pl.DataFrame:
        """Return the complete newest rows of records, by their identity."""
        parts = [read_segments([], self._schema)]
        for number, path in enumerate(self._segments()):
            # One segment at a time: all columns of all segments may not fit into memory.
            rows = read_segments([path], self._schema)
            chosen = rows.join(identities, on=self.identity, how="semi")
            parts.append(chosen.with_columns(pl.lit(number, pl.Int32()).alias(SEGMENT)))
        return self._newest_of(pl.concat(parts)).drop(SEGMENT)

    def take(self, path: Path, name: str) -> None:
        """Move a segment that Kafka has acknowledged into the store."""
        path.replace(self._folder / f"{name}.parquet")

    def add(self, name: str, rows: pl.DataFrame) -> None:
        """Write rows as a segment of the store."""
        write_segment(self._folder / f"{name}.parquet", rows)

    def prune(self) -> None:
        """Delete the segments in which every record was replaced by a later one."""
        used = set(self._newest(())[SEGMENT].unique())
        for number, path in enumerate(self._segments()):
            if number not in used:
                path.unlink()

    def _segments(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet"))

    def _newest(self, columns: Sequence[str]) -> pl.DataFrame:
        names = dict.fromkeys(
            (*self.identity, *columns, "operation", "revision", "recorded_at", CONTENT_AT)
        )
        schema = pl.Schema({name: self._schema[name] for name in names})
        return self._newest_of(read_segments(self._segments(), schema))

    def _newest_of(self, rows: pl.DataFrame) -> pl.DataFrame:
        ordered = rows.sort(*_NEWEST_LAST, maintain_order=True)
        return ordered.unique(subset=self.identity, keep="last", maintain_order=True)


@contextmanager
def open_store(
    settings: Settings, contract: Contract, source_system: str | None
) -> Iterator[SentStore]:
    """Open the store of a stream and source system; wait while another import uses it."""
    name = f"{contract.name}-{source_system or MIXED_SYSTEMS}"
    folder = private_folder(settings.home / "producers" / "sent" / name)
    with open_private(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield SentStore(folder, contract)
