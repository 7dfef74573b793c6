"""Sifts a batch: rows that meet the contract, ready for COPY, and rejects with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from livelihood.contracts import Contract
from livelihood.contracts.validation import broken_rows
from livelihood.kafka import Batch
from livelihood.load.decode import decode


@dataclass(frozen=True)
class Sifted:
    """A batch as rows and rejects, and where reading goes on.

    Rows are in landing order, the load id, which comes last, not yet set. A reject is `partition`,
    `offset`, `produced_at`, `key` and `value` with their bytes unchanged, and all its `reasons`.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    next_offsets: dict[int, int]


def sift(batch: Batch, contract: Contract, references: Mapping[str, pl.Series]) -> Sifted:
    """Decode and validate a batch column-wise; every message ends in rows or in rejects."""
    frame, unreadable = decode(batch.values, contract)
    rows = frame.with_columns(
        _partition=pl.Series(batch.partitions, dtype=pl.Int32),
        _offset=pl.Series(batch.offsets, dtype=pl.Int64),
        _produced_at=pl.Series(batch.produced_at_ms, dtype=pl.Int64).cast(pl.Datetime("ms", "UTC")),
    )
    reasons = {place: [reason] for place, reason in enumerate(unreadable) if reason}
    # A message that could not be read left an empty row; why that row is broken is no news.
    readable = [place for place in range(rows.height) if place not in reasons]
    read = frame if not reasons else frame[readable]
    for place, found in broken_rows(read, contract, references).items():
        reasons[readable[place]] = found
    rejects = _rejects(batch, rows, reasons)
    if reasons:
        rows = rows[[place for place in readable if place not in reasons]]
    return Sifted(rows, rejects, batch.next_offsets)


def _rejects(batch: Batch, rows: pl.DataFrame, reasons: Mapping[int, list[str]]) -> pl.DataFrame:
    places = sorted(reasons)
    return rows[places].select(
        partition="_partition",
        offset="_offset",
        produced_at="_produced_at",
        key=pl.Series([batch.keys[place] for place in places], dtype=pl.Binary),
        value=pl.Series([batch.values[place] for place in places], dtype=pl.Binary),
        # Polars would make a series of each list.
        reasons=pl.Series(pa.array([reasons[place] for place in places], pa.list_(pa.string()))),
    )
