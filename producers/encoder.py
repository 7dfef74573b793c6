"""Encoding of raw rows as messages: defaults, tokens, validation, JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from livelihood.contracts import Column, Contract
from livelihood.contracts.validation import REASONS, column_type, validate
from producers.errors import SourceError
from producers.leaks import FINGERPRINT, GENERATED_ID, first_text, leak_reasons
from producers.rejects import Reject
from producers.sources import FILE, LINE, PROBLEMS
from producers.tokens import Tokeniser

# 2022-01-05T08:00:00.5Z: the form the loader's decoder reads on its fast path.
_TIMESTAMP_FORMAT = "%Y-%m-%dT%H:%M:%S%.fZ"
_NULL_FIELD = r',"[a-z0-9_]+":null'
_NULL_FIRST_FIELD = r'^\{"[a-z0-9_]+":null,?'
_NO_PROBLEMS = pl.lit([], dtype=pl.List(pl.String))


@dataclass(frozen=True)
class EncodedRecords:
    """Encoded messages of a frame, and its rejected rows."""

    keys: list[bytes]
    values: list[bytes]
    rejects: list[Reject]

    @property
    def rows(self) -> int:
        """Rows of the frame, sent and rejected."""
        return len(self.values) + len(self.rejects)


@dataclass(frozen=True)
class CheckedRows:
    """Rows in the contract's types with `_file` and `_line`, and the rejected rows."""

    rows: pl.DataFrame
    rejects: list[Reject]


class RecordEncoder:
    """Encoder of raw frames of one stream as messages.

    With `forward_invalid`, rows that break the contract are encoded as well, for the loader to
    quarantine; rows that could not be read, or contain an identifier, never are. With a
    `future_tolerance`, rows recorded later than that after now break the contract.
    """

    def __init__(
        self,
        contract: Contract,
        tokeniser: Tokeniser,
        token_key_version: int,
        references: Mapping[str, pl.Series],
        *,
        future_tolerance: dt.timedelta | None = None,
        forward_invalid: bool = False,
    ) -> None:
        self._contract = contract
        self._tokeniser = tokeniser
        self._references = references
        self._future_tolerance = future_tolerance
        self._forward_invalid = forward_invalid
        self._defaults = {
            "revision": 1,
            "operation": "upsert",
            "contract_version": contract.version,
            "token_key_version": token_key_version,
            FINGERPRINT: tokeniser.fingerprint,
        }

    def encode(self, raw: pl.DataFrame) -> EncodedRecords:
        """Return messages and rejects of a frame that still contains identifiers.

        Raises SourceError as `check` does.
        """
        checked = self.check(raw)
        rows = checked.rows.drop(FILE, LINE)
        return EncodedRecords(*encode_rows(rows, self._contract), checked.rejects)

    def check(self, raw: pl.DataFrame) -> CheckedRows:
        """Return rows with tokens that may be sent, and the rejected rows of a raw frame.

        Raises SourceError if it lacks a required column, or has one that the stream does not have.
        """
        self._check_columns(raw)
        positions = _positions(raw)
        tokens = self._with_tokens(raw)
        rows = tokens.select(
            self._value(column, tokens.schema) for column in self._contract.columns
        )
        misread = _misread(tokens, rows, self._contract)
        leaks = leak_reasons(rows.hstack(_generated_ids(raw)), self._contract)
        checked = validate(rows, self._contract, self._references, self._latest_time())
        hard = (positions[PROBLEMS].list.len() > 0) | misread.is_not_null() | leaks.is_not_null()
        is_bad = hard if self._forward_invalid else hard | (checked[REASONS].list.len() > 0)
        rows = rows.hstack(positions.select(FILE, LINE))
        if not is_bad.any():
            return CheckedRows(rows, [])
        rejected = positions.hstack([checked[REASONS], misread, leaks]).filter(is_bad)
        return CheckedRows(rows.filter(~is_bad), _rejects(rejected))

    def _latest_time(self) -> dt.datetime | None:
        now = dt.datetime.now(dt.UTC)
        return None if self._future_tolerance is None else now + self._future_tolerance

    def _check_columns(self, raw: pl.DataFrame) -> None:
        columns = {column.token_source or column.name: column for column in self._contract.columns}
        present = [name for name in raw.columns if not name.startswith("_")]
        if unknown := [name for name in present if name not in columns]:
            raise SourceError(
                f"{self._contract.name} has no column {', '.join(unknown)}: "
                "remove it, or map the columns in a mapping file"
            )
        needed = [
            name
            for name, column in columns.items()
            if column.required and name not in self._defaults
        ]
        if missing := [name for name in needed if name not in present]:
            raise SourceError(
                f"the rows for {self._contract.name} lack the column {', '.join(missing)}: "
                "add it, or map it in a mapping file"
            )

    def _with_tokens(self, raw: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with a token instead of every identifier."""
        token_columns = []
        for column in self._contract.columns:
            source = column.token_source
            if source is not None and source in raw.columns:
                identifiers = raw[source].cast(pl.String).str.strip_chars()
                identifiers = identifiers.set(identifiers == "", None)
                tokens = self._tokeniser.tokens(identifiers, source, column.source_check)
                token_columns.append(tokens.alias(column.name))
        return raw.with_columns(token_columns)

    def _value(self, column: Column, schema: pl.Schema) -> pl.Expr:
        default = self._defaults.get(column.name)
        if column.name not in schema or column.name == FINGERPRINT:
            return pl.lit(default, dtype=column_type(column)).alias(column.name)
        value = pl.col(column.name)
        if schema[column.name] != column_type(column):
            value = value.cast(column_type(column), strict=False)
        return value if default is None else value.fill_null(pl.lit(default, column_type(column)))


def _positions(raw: pl.DataFrame) -> pl.DataFrame:
    defaults = {
        FILE: pl.lit("", pl.String()),
        LINE: pl.lit(None, pl.Int64()),
        PROBLEMS: _NO_PROBLEMS,
    }
    absent = [value.alias(name) for name, value in defaults.items() if name not in raw.columns]
    return raw.with_columns(absent).select(list(defaults))


def _misread(before: pl.DataFrame, after: pl.DataFrame, contract: Contract) -> pl.Series:
    """Return per row the reason why a value could not be cast to the contract's type, or null."""
    reasons = []
    for column in contract.columns:
        name = column.name
        if name in before.columns and before.schema[name] != after.schema[name]:
            lost = before[name].is_not_null() & after[name].is_null()
            reason = f"wrong_type: {name}: it is not a valid {column.logical_type}"
            reasons.append(pl.when(lost).then(pl.lit(reason)))
    return first_text(after, reasons).alias("_misread")


def _generated_ids(raw: pl.DataFrame) -> list[pl.Series]:
    return [raw[GENERATED_ID]] if GENERATED_ID in raw.columns else []


def _rejects(rows: pl.DataFrame) -> list[Reject]:
    return [Reject(row[FILE], row[LINE], _reasons(row)) for row in rows.iter_rows(named=True)]


def _reasons(row: dict[str, Any]) -> list[str]:
    """Return the reasons of a row; omit those of the contract for an unreadable column."""
    unreadable = [*row[PROBLEMS], *(row[name] for name in ("_misread", "_leak") if row[name])]
    columns = {reason.split(": ")[1] for reason in unreadable}
    if "row" in columns:
        return unreadable
    return unreadable + [r for r in row[REASONS] if r.split(": ")[1] not in columns]


def encode_rows(rows: pl.DataFrame, contract: Contract) -> tuple[list[bytes], list[bytes]]:
    """Return keys and JSON values of rows in the contract's types; nulls are omitted."""
    moments = [c.name for c in contract.columns if c.logical_type == "timestamp"]
    texts = rows.with_columns(pl.col(moments).dt.to_string(_TIMESTAMP_FORMAT))
    encoded = texts.select(
        key=pl.col(contract.entity_key).fill_null("").cast(pl.Binary),
        value=pl.struct(pl.all())
        .struct.json_encode()
        .str.replace_all(_NULL_FIELD, "")
        .str.replace(_NULL_FIRST_FIELD, "{")
        .cast(pl.Binary),
    )
    return encoded["key"].to_list(), encoded["value"].to_list()
