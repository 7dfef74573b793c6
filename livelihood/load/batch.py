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
from livelihood.load.sources import SourceCheck


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
    batch: Batch,
    contract: Contract,
    references: Mapping[str, pl.Series],
    sources: SourceCheck | None = None,
) -> ValidatedBatch:
    """Decode and validate a batch column-wise; every message becomes a row or a reject.

    Without `sources`, senders and the time of records are not checked.
    """
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
    latest = sources.latest_recorded_at if sources else None
    for index, broken_rules in broken_rows(readable_rows, contract, references, latest).items():
        reasons[readable[index]] = broken_rules
    valid = [index for index in readable if index not in reasons] if reasons else readable
    valid_rows = rows[valid] if reasons else rows
    if sources and (foreign := sources.broken_rows(valid_rows)):
        reasons |= {valid[index]: reason for index, reason in foreign.items()}
        valid_rows = rows[[index for index in valid if index not in reasons]]
    return ValidatedBatch(valid_rows, _rejects(batch, rows, reasons), batch.next_offsets)


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
