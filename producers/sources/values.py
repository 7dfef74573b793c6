"""Checks of the texts of a row before they are parsed, with the reason why one cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from livelihood.contracts import Column
from producers.sources import UNREADABLE
from producers.sources.mapping import ColumnRule
from producers.sources.parse import AMBIGUOUS_MONTH

# What spreadsheets show instead of a value; in a text file it is the exported error.
_UNREADABLE = (
    rf"^(?:{UNREADABLE}.*"
    r"|#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA)"
    r"|Err:5\d\d|#+)$"
)
_PERCENT = r"\s*[%％]$"
_TWO_DECIMALS = r"\.\d\d$"
# Why an identity number that is not 18 digits was written as it is.
_IDENTITY_WRITINGS = {
    r"(?i)^\d(?:\.\d+)?e\+?\d+$": "it is in scientific notation, so digits are lost: format the "
    "column as text and enter it again",
    r"^\d{15}$": "it is a number of 15 digits, as issued before 1999: enter the one of 18",
    r"""^(?:['`’‘]|=?")""": "it begins with a quotation mark: remove the mark",
    r"^\d{18}\.0*$": "it was exported as a decimal number, so digits are lost: export it as text",
    r"^\d{17}[×✕*＊xX╳]\S": "it has characters after its end",
    r"^\d{17}[^\dXx]$": "its last character is neither a digit nor X",
}


def is_unreadable(text: pl.Expr) -> pl.Expr:
    """Return whether the source could not read a cell, or the text is an error."""
    return text.str.contains(_UNREADABLE)


def check_texts(
    texts: pl.DataFrame, rules: Mapping[str, ColumnRule], columns: Mapping[str, Column]
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Return the texts with null where one cannot be read, and per column the reasons."""
    reasons: dict[str, pl.Series] = {}
    suspects = texts.select(
        _is_suspect(pl.col(name), columns[name], rule).any().alias(name)
        for name, rule in rules.items()
    )
    for name, rule in rules.items():
        column = columns[name]
        if not suspects[name].any():
            continue
        checks = list(_checks(pl.col(name), column, rule, texts.columns))
        reason = texts.select(pl.coalesce(checks)).to_series()
        if reason.null_count() < len(reason):
            reasons[name] = texts.select(
                pl.format("unreadable: {}: {}", pl.lit(column.name), reason)
            ).to_series()
            texts = texts.with_columns(pl.when(reason.is_null()).then(pl.col(name)).alias(name))
        if rule.percent_in in texts.columns:
            texts = texts.with_columns(pl.col(name).str.replace(_PERCENT, ""))
    return texts, reasons


def _is_suspect(text: pl.Expr, column: Column, rule: ColumnRule) -> pl.Expr:
    """Return whether a text needs the detailed checks; most columns contain none."""
    suspect = is_unreadable(text)
    if column.source_check == "cn.ric":
        suspect |= ~text.str.contains(r"^\d{17}[\dXx]$")
    elif column.logical_type == "integer":
        suspect |= text.str.contains("[%％,，元]")
        if "unit" not in rule.model_fields_set:
            suspect |= text.str.contains(_TWO_DECIMALS)
    elif column.logical_type == "date":
        suspect |= text.str.contains(AMBIGUOUS_MONTH)
    return suspect


def _checks(
    text: pl.Expr, column: Column, rule: ColumnRule, present: list[str]
) -> Iterator[pl.Expr]:
    """Yield expressions that are the reason, or null."""
    yield pl.when(text.str.starts_with(UNREADABLE)).then(text.str.strip_prefix(UNREADABLE))
    yield pl.when(text.str.contains(_UNREADABLE)).then(pl.format("it holds the error {}", text))
    if column.source_check == "cn.ric":
        for pattern, reason in _IDENTITY_WRITINGS.items():
            yield pl.when(text.str.contains(pattern)).then(pl.lit(reason))
    if column.logical_type == "integer":
        yield from _number_checks(text, column, rule, present)
    if column.logical_type == "date" and column.name.endswith("_month") and rule.date is None:
        reason = "it may be January or October: write 2022-01 or 2022-10"
        yield pl.when(text.str.contains(AMBIGUOUS_MONTH)).then(pl.lit(reason))


def _number_checks(
    text: pl.Expr, column: Column, rule: ColumnRule, present: list[str]
) -> Iterator[pl.Expr]:
    is_percent = text.str.contains(_PERCENT)
    if rule.percent_in in present:
        is_percent &= pl.col(str(rule.percent_in)).ne_missing(pl.lit("pct"))
    reason = "it is a percentage, which this column does not count in"
    yield pl.when(is_percent).then(pl.lit(reason))
    is_wrong_group = text.str.contains(r"^[+-]?[\d]+(?:[,，]\d+)+(?:\.\d*)?$") & ~text.str.contains(
        r"^[+-]?\d{1,3}(?:[,，]\d{3})+(?:\.\d*)?$"
    )
    reason = "its commas do not separate groups of three digits: write it without commas"
    yield pl.when(is_wrong_group).then(pl.lit(reason))
    if column.name.endswith("_fen") and rule.unit != "yuan":
        reason = "it is written in yuan, and the mapping states the unit " + rule.unit
        yield pl.when(text.str.contains("元")).then(pl.lit(reason))
        if "unit" not in rule.model_fields_set:
            reason = "it may be yuan: state the unit in the mapping (`unit: yuan` or `unit: fen`)"
            yield pl.when(text.str.contains(_TWO_DECIMALS)).then(pl.lit(reason))
