"""Validation of a batch: rows that meet the contract, and rejects with their reasons."""

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
class ValidatedBatch:
    """A batch as rows and rejects, and the next offset of each partition.

    Rows are in landing order, ready for COPY except for the load id, the last column. A reject is
    `partition`, `offset`, `produced_at`, `key` and `value` with their bytes unchanged, and all its
    `reasons`.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    next_offsets: dict[int, int]


def validate_batch(
    batch: Batch, contract: Contract, references: Mapping[str, pl.Series]
) -> ValidatedBatch:
    """Decode and validate a batch column-wise; every message becomes a row or a reject."""
    frame, unreadable = decode(batch.values, contract)
    rows = frame.with_columns(
        _partition=pl.Series(batch.partitions, dtype=pl.Int32),
        _offset=pl.Series(batch.offsets, dtype=pl.Int64),
        _produced_at=pl.Series(batch.produced_at_ms, dtype=pl.Int64).cast(pl.Datetime("ms", "UTC")),
    )
    reasons = {index: [reason] for index, reason in enumerate(unreadable) if reason}
    # A message that cannot be read leaves a row of nulls, whose broken rules mean nothing.
    readable = [index for index in range(rows.height) if index not in reasons]
    readable_rows = frame if not reasons else frame[readable]
    for index, broken_rules in broken_rows(readable_rows, contract, references).items():
        reasons[readable[index]] = broken_rules
    rejects = _rejects(batch, rows, reasons)
    if reasons:
        rows = rows[[index for index in readable if index not in reasons]]
    return ValidatedBatch(rows, rejects, batch.next_offsets)


def _rejects(batch: Batch, rows: pl.DataFrame, reasons: Mapping[int, list[str]]) -> pl.DataFrame:
    rejected = sorted(reasons)
    return rows[rejected].select(
        partition="_partition",
        offset="_offset",
        produced_at="_produced_at",
        key=pl.Series([batch.keys[index] for index in rejected], dtype=pl.Binary),
        value=pl.Series([batch.values[index] for index in rejected], dtype=pl.Binary),
        # Through Arrow, because Polars converts each list to a Series of its own.
        reasons=pl.Series(pa.array([reasons[index] for index in rejected], pa.list_(pa.string()))),
    )
