"""Types of messages and checks of rows, as polars expressions derived from a contract."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import polars as pl

from livelihood.contracts.model import Column, Contract

_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
}

REASONS = "_reasons"


def column_type(column: Column) -> pl.DataType:
    """Return the polars type of a column: 64 bits for bigint, 32 for other integers."""
    if column.logical_type == "integer":
        return pl.Int64() if column.physical_type == "bigint" else pl.Int32()
    return _TYPES[column.logical_type]


@lru_cache(maxsize=32)
def message_schema(contract: Contract) -> pl.Schema:
    """Return columns and types of a decoded message, in the contract's order."""
    return pl.Schema({column.name: column_type(column) for column in contract.columns})


def validate(
    frame: pl.DataFrame,
    contract: Contract,
    references: Mapping[str, pl.Series],
    latest_time: dt.datetime | None = None,
) -> pl.DataFrame:
    """Return the frame with a column `_reasons`, empty for rows that meet the contract.

    `references` maps a contract's reference, such as ``regions.region_code``, to its allowed
    values. A reference that is missing is not checked, nor is `latest_time` if it is None. A
    reason is ``code: column: sentence``.
    """
    reasons_by_row = broken_rows(frame, contract, references, latest_time)
    reasons = [reasons_by_row.get(row, []) for row in range(frame.height)]
    return frame.with_columns(pl.Series(REASONS, reasons, dtype=pl.List(pl.String)))


def broken_rows(
    frame: pl.DataFrame,
    contract: Contract,
    references: Mapping[str, pl.Series],
    latest_time: dt.datetime | None = None,
) -> dict[int, list[str]]:
    """Return the reasons of each row that breaks the contract, by row number; see `validate`."""
    checks = list(_passes(contract, references))
    if latest_time is not None:
        checks += _time_passes(contract, latest_time)
    # Find the failing checks first: usually there are none. Null passes.
    holds = frame.select(_numbered(passes.all() for passes, _ in checks)).row(0)
    failing = [check for check, hold in zip(checks, holds, strict=True) if not hold]
    broken = defaultdict[int, list[str]](list)
    passed = frame.select(_numbered(passes.fill_null(True) for passes, _ in failing))
    for series, (_, reason) in zip(passed, failing, strict=True):
        for row in (~series).arg_true().to_list():
            broken[row].append(reason)
    return broken


def _numbered(expressions: Iterable[pl.Expr]) -> list[pl.Expr]:
    """Assign numbers as names, because several expressions read the same column."""
    return [expression.alias(str(number)) for number, expression in enumerate(expressions)]


def _passes(
    contract: Contract, references: Mapping[str, pl.Series]
) -> Iterator[tuple[pl.Expr, str]]:
    for column in contract.columns:
        yield from _column_passes(column, references)
    for rule in contract.rules:
        yield pl.sql_expr(rule.predicate), f"{rule.id}: row: {rule.message}"


def _time_passes(contract: Contract, latest_time: dt.datetime) -> Iterator[tuple[pl.Expr, str]]:
    """Yield the checks that no time is in the future, where it would outrank correct ones."""
    for column in contract.columns:
        if column.logical_type == "timestamp":
            reason = f"future_{column.name}: {column.name}: later than the clock allows"
            yield pl.col(column.name) <= latest_time, reason


def _column_passes(
    column: Column, references: Mapping[str, pl.Series]
) -> Iterator[tuple[pl.Expr, str]]:
    """Yield the checks of a column.

    No reason repeats the value: it may be an identifier in the wrong column.
    """
    value = pl.col(column.name)
    if column.required:
        yield value.is_not_null(), f"missing: {column.name}: a value is required"
    if column.valid_values:
        code = "unknown_version" if column.name == "contract_version" else "invalid_value"
        allowed = ", ".join(column.valid_values)
        yield (
            value.is_in(list(column.valid_values)),
            f"{code}: {column.name}: not one of {allowed}",
        )
    if column.max_length is not None:
        yield (
            value.str.len_chars() <= column.max_length,
            f"too_long: {column.name}: longer than {column.max_length} characters",
        )
    if column.pattern is not None:
        yield from _pattern_passes(column, value)
    yield from _range_passes(column, value)
    if column.reference is not None and column.reference in references:
        yield (
            value.is_in(references[column.reference].implode()),
            f"unknown_reference: {column.name}: not in {column.reference}",
        )


def _pattern_passes(column: Column, value: pl.Expr) -> Iterator[tuple[pl.Expr, str]]:
    """Yield the checks of a pattern.

    A producer prefixes a token with ``invalid-`` if the check digit of its identifier was wrong.
    """
    if column.source_check:
        yield (
            ~value.str.starts_with("invalid-"),
            f"check_digit: {column.name}: the check digit of the {column.token_source} is wrong",
        )
    shape = value.str.contains(str(column.pattern))
    if column.token_source:
        shape = shape | value.str.starts_with("invalid-")
    yield shape, f"malformed: {column.name}: does not match {column.pattern}"


def _range_passes(column: Column, value: pl.Expr) -> Iterator[tuple[pl.Expr, str]]:
    type_ = column_type(column)
    if column.minimum is not None:
        yield (
            value >= _bound(column.minimum, type_),
            f"below_minimum: {column.name}: less than {column.minimum}",
        )
    if column.maximum is not None:
        yield (
            value <= _bound(column.maximum, type_),
            f"above_maximum: {column.name}: more than {column.maximum}",
        )


def _bound(value: int | str, type_: pl.DataType) -> pl.Expr:
    literal = pl.lit(value)
    if isinstance(value, int):
        return literal
    if isinstance(type_, pl.Date):
        return literal.str.to_date()
    return literal.str.to_datetime("%+", time_unit="us", time_zone="UTC")
