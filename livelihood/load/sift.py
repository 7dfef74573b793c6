"""Sifts a batch: rows that meet the contract, ready for COPY, and rejects with their reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from livelihood.contracts import Contract
from livelihood.contracts.frame import broken_rows
from livelihood.kafka import Batch
from livelihood.load.decode import decode


@dataclass(frozen=True)
class Reject:
    """A message that is not loaded, bytes unchanged, and every reason why."""

    partition: int
    offset: int
    produced_at: dt.datetime
    key: bytes | None
    value: bytes | None
    reasons: list[str]


@dataclass(frozen=True)
class Sifted:
    """A batch as rows in landing order (load id last, not yet set), rejects, and new offsets."""

    rows: pl.DataFrame
    rejects: list[Reject]
    next_offsets: dict[int, int]


def sift(batch: Batch, contract: Contract, references: Mapping[str, pl.Series]) -> Sifted:
    """Decode and validate a batch column-wise; every message ends in rows or in rejects."""
    frame, unreadable = decode(batch.values, contract)
    reasons = broken_rows(frame, contract, references)
    # A message that could not be read left an empty row; why that row is broken is no news.
    reasons |= {place: [reason] for place, reason in enumerate(unreadable) if reason}
    rows = frame.with_columns(
        _partition=pl.Series(batch.partitions, dtype=pl.Int32),
        _offset=pl.Series(batch.offsets, dtype=pl.Int64),
        _produced_at=pl.Series(batch.produced_at_ms, dtype=pl.Int64).cast(pl.Datetime("ms", "UTC")),
    )
    if reasons:
        good = pl.Series([place not in reasons for place in range(rows.height)], dtype=pl.Boolean)
        rows = rows.filter(good)
    rejects = [_reject(batch, place, reasons[place]) for place in sorted(reasons)]
    return Sifted(rows, rejects, batch.next_offsets)


def _reject(batch: Batch, place: int, reasons: list[str]) -> Reject:
    return Reject(
        partition=batch.partitions[place],
        offset=batch.offsets[place],
        produced_at=dt.datetime.fromtimestamp(batch.produced_at_ms[place] / 1000, dt.UTC),
        key=batch.keys[place],
        value=batch.values[place],
        reasons=reasons,
    )
