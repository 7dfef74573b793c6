"""Search of outgoing rows for identifiers: no column of a message contains one.

Tokens and generated record ids are not searched: one of some millions looks like an identifier.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from livelihood.contracts import Column, Contract
from producers.identifiers import identifier_kind

# Column of raw rows: whether the producer generated the record id, so that it is no identifier.
GENERATED_ID = "_generated_id"
# Always that of the key in use, even if the source has another value.
FINGERPRINT = "token_key_fingerprint"
MIN_IDENTIFIER_BYTES = 11

# What text without characters beyond ASCII contains if it contains an identifier. Few other texts
# do, so that few are searched one by one.
_WIDE = r"[\t -/:-@\[-`{-~]{0,3}"
_NARROW = r"[\t .-]{0,3}"
_SUSPECT = "|".join(
    (
        rf"[1-8](?:{_WIDE}[0-9]){{5}}{_WIDE}(?:1{_WIDE}9|2{_WIDE}0)(?:{_WIDE}[0-9]){{2}}"
        rf"{_WIDE}[01]{_WIDE}[0-9]{_WIDE}[0-3](?:{_WIDE}[0-9]){{4}}{_WIDE}[0-9Xx]",
        rf"(?:^|[^0-9])(?:(?:00)?8{_NARROW}6{_NARROW})?1{_NARROW}[3-9](?:{_NARROW}[0-9]){{9}}"
        "(?:[^0-9]|$)",
        rf"(?:^|[^0-9])[1-9](?:{_NARROW}[0-9]){{14,18}}(?:[^0-9]|$)",
    )
)


def leak_reasons(rows: pl.DataFrame, contract: Contract) -> pl.Series:
    """Return per row the reason why it must not be sent, which names column and kind, or null.

    The rows are in the contract's columns, and may have `GENERATED_ID`.
    """
    reasons = [
        reason
        for column in contract.columns
        if column.logical_type == "string"
        and column.token_source is None
        and column.name != FINGERPRINT
        for reason in _column_reasons(rows, column)
    ]
    return first_text(rows, reasons).alias("_leak")


def first_text(rows: pl.DataFrame, texts: Sequence[pl.Expr]) -> pl.Series:
    """Return per row the first text that is not null, or null."""
    return rows.with_columns(_text=pl.coalesce(*texts, pl.lit(None, pl.String())))["_text"]


def _column_reasons(rows: pl.DataFrame, column: Column) -> list[pl.Expr]:
    texts = rows[column.name]
    value = pl.col(column.name)
    if column.name != "record_id":
        texts = texts.unique()
    elif GENERATED_ID in rows.columns:
        texts = texts.filter(~rows[GENERATED_ID])
        value = pl.when(~pl.col(GENERATED_ID)).then(value)
    by_kind: dict[str, list[str]] = {}
    for text in suspects(texts):
        if kind := identifier_kind(text):
            by_kind.setdefault(kind, []).append(text)
    reason = "identifier: {}: it contains {}, which must not be sent"
    return [
        pl.when(value.is_in(leaking)).then(pl.lit(reason.format(column.name, kind)))
        for kind, leaking in by_kind.items()
    ]


def suspects(texts: pl.Series) -> list[str]:
    """Return the distinct texts that may contain an identifier."""
    length = texts.str.len_bytes()
    long = texts.filter(length >= MIN_IDENTIFIER_BYTES)
    if long.is_empty():
        return []
    is_wide = long.str.len_bytes() != long.str.len_chars()
    return long.filter(is_wide | long.str.contains(_SUSPECT)).unique().to_list()
