"""Validation of a batch: rows that meet the contract, and rejects with their reasons."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import psycopg
import pyarrow as pa

from livelihood.contracts import Contract
from livelihood.contracts.validation import broken_rows
from livelihood.errors import LivelihoodError
from livelihood.kafka import Batch
from livelihood.kafka.reader import MAX_MILLISECONDS
from livelihood.load.decode import decode
from livelihood.load.sources import SourceCheck

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ValidatedBatch:
    """A batch as rows and rejects, and the next offset of each partition.

    Rows are in landing order, ready for COPY except for the load id, the last column. A reject is
    `partition`, `offset`, `produced_at`, `key` and `value` with their bytes unchanged, and all its
    `reasons`. `messages` are all messages of the batch.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    next_offsets: dict[int, int]
    messages: Batch


def validate_batch(
    batch: Batch,
    contract: Contract,
    references: Mapping[str, pl.Series],
    sources: SourceCheck | None = None,
) -> ValidatedBatch:
    """Decode and validate a batch column-wise; every message becomes a row or a reject.

    Without `sources`, senders and the time of records are not checked. A message that raises an
    error is found by bisection and rejected as `undecodable`. Raises the error if an empty batch
    raises it too, or if the registry of sources does: then no message is its cause.
    """
    try:
        return _validate(batch, contract, references, sources)
    except (MemoryError, LivelihoodError, psycopg.Error):
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        if len(batch) == 0:
            raise
        _validate(batch.at([]), contract, references, sources)
        return _bisect(batch, contract, references, sources, error)


def _bisect(
    batch: Batch,
    contract: Contract,
    references: Mapping[str, pl.Series],
    sources: SourceCheck | None,
    error: BaseException,
) -> ValidatedBatch:
    if len(batch) == 1:
        return reject_all(batch, contract, f"undecodable: message: {type(error).__name__}")
    middle = len(batch) // 2
    first, second = (
        validate_batch(part, contract, references, sources)
        for part in (batch.at(range(middle)), batch.at(range(middle, len(batch))))
    )
    return ValidatedBatch(
        pl.concat([first.rows, second.rows]),
        pl.concat([first.rejects, second.rejects]),
        batch.next_offsets,
        batch,
    )


def reject_all(batch: Batch, contract: Contract, reason: str) -> ValidatedBatch:
    """Return the batch with every message rejected for the same reason."""
    for partition, offset in zip(batch.partitions, batch.offsets, strict=True):
        logger.warning(
            "stream %s, partition %d, offset %d: %s", contract.name, partition, offset, reason
        )
    rows = _with_provenance(decode([], contract)[0], batch.at([]))
    return ValidatedBatch(
        rows, rejects_of(batch, {n: [reason] for n in range(len(batch))}), batch.next_offsets, batch
    )


def _validate(
    batch: Batch,
    contract: Contract,
    references: Mapping[str, pl.Series],
    sources: SourceCheck | None,
) -> ValidatedBatch:
    frame, unreadable = decode(batch.values, contract)
    rows = _with_provenance(frame, batch)
    reasons = {index: [reason] for index, reason in enumerate(unreadable) if reason}
    reasons |= {index: [why] for index, why in batch.dropped.items()}
    # A message that cannot be read leaves a row of nulls, whose broken rules mean nothing.
    readable = [index for index in range(rows.height) if index not in reasons]
    readable_rows = frame if not reasons else frame[readable]
    latest = sources.latest_time if sources else None
    for index, broken_rules in broken_rows(readable_rows, contract, references, latest).items():
        reasons[readable[index]] = broken_rules
    valid = [index for index in readable if index not in reasons] if reasons else readable
    valid_rows = rows[valid] if reasons else rows
    if sources and (foreign := sources.broken_rows(valid_rows)):
        reasons |= {valid[index]: reason for index, reason in foreign.items()}
        valid_rows = rows[[index for index in valid if index not in reasons]]
    return ValidatedBatch(valid_rows, rejects_of(batch, reasons), batch.next_offsets, batch)


def _with_provenance(frame: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    return frame.with_columns(
        _partition=pl.Series(batch.partitions, dtype=pl.Int32),
        _offset=pl.Series(batch.offsets, dtype=pl.Int64),
        _produced_at=_produced_at(batch.produced_at_ms),
    )


def _produced_at(milliseconds: list[int]) -> pl.Series:
    limited = pl.Series(milliseconds, dtype=pl.Int64).clip(0, MAX_MILLISECONDS)
    return limited.cast(pl.Datetime("ms", "UTC"))


def rejects_of(batch: Batch, reasons: Mapping[int, list[str]]) -> pl.DataFrame:
    """Return the rejects of a batch, whose reasons are given by position in the batch."""
    rejected = sorted(reasons)
    return pl.DataFrame(
        {
            "partition": pl.Series([batch.partitions[i] for i in rejected], dtype=pl.Int32),
            "offset": pl.Series([batch.offsets[i] for i in rejected], dtype=pl.Int64),
            "produced_at": _produced_at([batch.produced_at_ms[i] for i in rejected]),
            "key": pl.Series([batch.keys[i] for i in rejected], dtype=pl.Binary),
            "value": pl.Series([batch.values[i] for i in rejected], dtype=pl.Binary),
            # Through Arrow, because Polars converts each list to a Series of its own.
            "reasons": pl.Series(pa.array([reasons[i] for i in rejected], pa.list_(pa.string()))),
        }
    )
