"""Rows of one source with the same record id: refused, or summed if the mapping has `sum`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from livelihood.contracts import Contract
from livelihood.contracts.validation import REASONS, message_schema, validate
from producers.planning.spool import ROWS, SUMS, Spool
from producers.rejects import Reject
from producers.sent.segments import CONTENT_AT, SEGMENT, read_segments, write_segment
from producers.sources import FILE, LINE

# A source that writes several versions of a record gives each its own revision or time.
SAME_RECORD = ("source_system", "record_id", "revision", "recorded_at")
MAX_NAMED_LINES = 10
_LINES = "_lines"
_DIFFERING = "_differing"


def settle_repeats(
    spool: Spool,
    contract: Contract,
    sum_columns: Sequence[str],
    references: Mapping[str, pl.Series],
) -> tuple[int, list[Reject]]:
    """Take the rows with equal record ids out of the spool, and put back sums of them.

    Return by how many rows the spool has shrunk, and the rejects. Without `sum_columns` all of the
    rows are rejects; otherwise those that differ in another column.
    """
    windows = [path for path in spool.windows if path.name.startswith(f"{ROWS}-")]
    schema = _schema(contract)
    ids = read_segments(windows, pl.Schema({name: schema[name] for name in SAME_RECORD}))
    repeated = ids.filter(pl.struct(SAME_RECORD).is_duplicated())
    if repeated.is_empty():
        return 0, []
    repeated_rows = [
        _take(windows[number], schema, repeated) for number in sorted(set(repeated[SEGMENT]))
    ]
    groups = _grouped(pl.concat(repeated_rows), sum_columns)
    is_summed = (groups[_DIFFERING].list.len() == 0) & bool(sum_columns)
    sums = groups.filter(is_summed).select(schema.names())
    invalid = validate(sums, contract, references).filter(pl.col(REASONS).list.len() > 0)
    summed = spool.write(SUMS, sums.join(invalid, on=SAME_RECORD, how="anti"))
    rejects = [
        Reject(row[FILE], line, [_reason(row, sum_columns)])
        for row in groups.filter(~is_summed).iter_rows(named=True)
        for line in row[_LINES]
    ]
    rejects += [Reject(r[FILE], r[LINE], _of_sum(r[REASONS])) for r in invalid.to_dicts()]
    return sum(rows.height for rows in repeated_rows) - summed, rejects


def _schema(contract: Contract) -> pl.Schema:
    moment = pl.Datetime("us", "UTC")
    added = {FILE: pl.String(), LINE: pl.Int64(), CONTENT_AT: moment}
    return pl.Schema({**message_schema(contract), **added})


def _take(path: Path, schema: pl.Schema, repeated: pl.DataFrame) -> pl.DataFrame:
    """Return the repeated rows of a window, which is written again without them."""
    rows = read_segments([path], schema).drop(SEGMENT)
    unique_rows = rows.join(repeated, on=SAME_RECORD, how="anti", maintain_order="left")
    if unique_rows.is_empty():
        path.unlink()
    else:
        write_segment(path, unique_rows)
    return rows.join(repeated, on=SAME_RECORD, how="semi", maintain_order="left")


def _grouped(rows: pl.DataFrame, sum_columns: Sequence[str]) -> pl.DataFrame:
    """Return a row for each record, with its lines and the names of columns that differ."""
    other_columns = [
        name for name in rows.columns if name not in (*SAME_RECORD, *sum_columns, FILE, LINE)
    ]
    differing = [
        pl.when(pl.col(name).n_unique() > 1).then(pl.lit(name)).alias(f"_{name}")
        for name in other_columns
    ]
    groups = rows.group_by(SAME_RECORD, maintain_order=True).agg(
        *(pl.col(name).first() for name in (*other_columns, FILE, LINE)),
        *(_total(name, rows.schema[name]) for name in sum_columns),
        *differing,
        pl.col(LINE).alias(_LINES),
    )
    names = pl.concat_list(f"_{name}" for name in other_columns).list.drop_nulls()
    return groups.with_columns(names.alias(_DIFFERING))


def _total(name: str, type_: pl.DataType) -> pl.Expr:
    """Return the sum of a column, null if it has no value; too large a sum is null as well."""
    total = pl.col(name).cast(pl.Int64).sum().cast(type_, strict=False)
    return pl.when(pl.col(name).count() > 0).then(total).alias(name)


def _reason(row: dict[str, Any], sum_columns: Sequence[str]) -> str:
    lines = row[_LINES]
    named = ", ".join(map(str, lines[:MAX_NAMED_LINES]))
    more = f" and {len(lines) - MAX_NAMED_LINES} more" if len(lines) > MAX_NAMED_LINES else ""
    facts = f"lines {named}{more} have the same key"
    if not sum_columns:
        return (
            f"repeated: record_id: {facts}: correct the source, or name the amounts to add up "
            "under `sum` in the mapping"
        )
    return f"repeated: {row[_DIFFERING][0]}: {facts} and cannot be added up: they differ in it"


def _of_sum(reasons: list[str]) -> list[str]:
    return [f"{reason} (sum of several lines)" for reason in reasons]
