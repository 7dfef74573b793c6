"""From raw rows to messages: fill the envelope, make tokens, validate, divide good from bad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from livelihood.contracts import Column, Contract
from livelihood.contracts.validation import REASONS, column_type, validate
from producers.errors import SourceError
from producers.rejects import Reject
from producers.sources import FILE, LINE, PROBLEMS
from producers.tokens import Tokeniser, is_identity_number

# 2022-01-05T08:00:00.5Z: the form the loader's decoder reads on its fast path.
_TIMESTAMP_FORMAT = "%Y-%m-%dT%H:%M:%S%.fZ"
_NULL_FIELD = r',"[a-z0-9_]+":null'
_NULL_FIRST_FIELD = r'^\{"[a-z0-9_]+":null,?'
_NO_PROBLEMS = pl.lit([], dtype=pl.List(pl.String))


@dataclass(frozen=True)
class Prepared:
    """Encoded messages of a frame and the rows of it that were rejected."""

    keys: list[bytes]
    values: list[bytes]
    rejects: list[Reject]

    @property
    def rows(self) -> int:
        """Rows of the frame, sent and rejected."""
        return len(self.values) + len(self.rejects)


class Preparer:
    """Turns raw frames of one stream into messages.

    With `forward_invalid`, rows that break the contract are sent all the same, for the loader to
    quarantine; rows that could not be read, or hold an identity number in the clear, never are.
    """

    def __init__(
        self,
        contract: Contract,
        tokeniser: Tokeniser,
        token_key_version: int,
        references: Mapping[str, pl.Series],
        *,
        forward_invalid: bool = False,
    ) -> None:
        self._contract = contract
        self._tokeniser = tokeniser
        self._references = references
        self._forward_invalid = forward_invalid
        self._defaults = {
            "revision": 1,
            "operation": "upsert",
            "contract_version": contract.version,
            "token_key_version": token_key_version,
        }

    def prepare(self, raw: pl.DataFrame) -> Prepared:
        """Messages and rejects of a frame whose identifiers are still in the clear.

        Raises `SourceError` when it lacks a required column or has one the stream does not know.
        """
        self._check_columns(raw)
        positions = _positions(raw)
        tokens = self._with_tokens(raw)
        rows = tokens.select(
            self._value(column, tokens.schema) for column in self._contract.columns
        )
        misread = _misread(tokens, rows, self._contract)
        leaks = _leaks(rows, self._contract)
        checked = validate(rows, self._contract, self._references)
        hard = (positions[PROBLEMS].list.len() > 0) | misread.is_not_null() | leaks.is_not_null()
        is_bad = hard if self._forward_invalid else hard | (checked[REASONS].list.len() > 0)
        if not is_bad.any():
            return Prepared(*encode(rows, self._contract), [])
        told = positions.hstack([checked[REASONS], misread, leaks]).filter(is_bad)
        return Prepared(*encode(rows.filter(~is_bad), self._contract), _rejects(told))

    def _check_columns(self, raw: pl.DataFrame) -> None:
        known = {column.token_source or column.name: column for column in self._contract.columns}
        present = [name for name in raw.columns if not name.startswith("_")]
        if unknown := [name for name in present if name not in known]:
            raise SourceError(
                f"{self._contract.name} has no column {', '.join(unknown)}: "
                "remove what is not wanted, or say in a mapping where the columns come from"
            )
        needed = [
            name for name, column in known.items() if column.required and name not in self._defaults
        ]
        if missing := [name for name in needed if name not in present]:
            raise SourceError(
                f"the rows for {self._contract.name} lack the column {', '.join(missing)}: "
                "add it, or say in a mapping where it comes from"
            )

    def _with_tokens(self, raw: pl.DataFrame) -> pl.DataFrame:
        """The frame with a token in place of every identifier."""
        made = []
        for column in self._contract.columns:
            source = column.token_source
            if source is not None and source in raw.columns:
                identifiers = raw[source].cast(pl.String).str.strip_chars()
                identifiers = identifiers.set(identifiers == "", None)
                tokens = self._tokeniser.tokens(identifiers, source, column.source_check)
                made.append(tokens.alias(column.name))
        return raw.with_columns(made)

    def _value(self, column: Column, schema: pl.Schema) -> pl.Expr:
        default = self._defaults.get(column.name)
        if column.name not in schema:
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
    """Per row a value of another type that could not be turned into the contract's, or null."""
    found = []
    for column in contract.columns:
        name = column.name
        if name in before.columns and before.schema[name] != after.schema[name]:
            lost = before[name].is_not_null() & after[name].is_null()
            said = f"wrong_type: {name}: it is not a valid {column.logical_type}"
            found.append(pl.when(lost).then(pl.lit(said)))
    return _first(after, found).alias("_misread")


def _first(rows: pl.DataFrame, texts: Sequence[pl.Expr]) -> pl.Series:
    """Per row the first text that is not null, null where there is none."""
    return rows.with_columns(_text=pl.coalesce(*texts, pl.lit(None, pl.String())))["_text"]


def _leaks(rows: pl.DataFrame, contract: Contract) -> pl.Series:
    """Per row the reason why it holds an identity number in the clear, or null."""
    found = []
    for column in contract.columns:
        if column.logical_type != "string" or column.token_source is not None:
            continue
        numbers = rows[column.name].str.extract(r"(?:^|\D)(\d{17}[\dXx])(?:\D|$)", 1)
        real = [n for n in numbers.drop_nulls().unique().to_list() if is_identity_number(n.upper())]
        if real:
            said = f"identifier: {column.name}: it holds an identity number, which may not travel"
            found.append(pl.when(numbers.is_in(real)).then(pl.lit(said)))
    return _first(rows, found).alias("_leak")


def _rejects(told: pl.DataFrame) -> list[Reject]:
    return [Reject(row[FILE], row[LINE], _reasons(row)) for row in told.iter_rows(named=True)]


def _reasons(row: dict[str, Any]) -> list[str]:
    """What the source found first; the contract is not quoted on a column that was unreadable."""
    own = [*row[PROBLEMS], *(row[name] for name in ("_misread", "_leak") if row[name])]
    told_of = {reason.split(": ")[1] for reason in own}
    if "row" in told_of:
        return own
    return own + [reason for reason in row[REASONS] if reason.split(": ")[1] not in told_of]


def encode(rows: pl.DataFrame, contract: Contract) -> tuple[list[bytes], list[bytes]]:
    """Keys and JSON values of rows in the contract's types; a null is left out of its message."""
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
