"""Application of a mapping: frames of a source become typed frames of the contract's columns."""

from __future__ import annotations

from collections import Counter

import polars as pl

from livelihood.contracts import Column, Contract
from producers.errors import MappingError, SourceError
from producers.masking import mask_values
from producers.sources import FILE, LINE, PROBLEMS
from producers.sources.header import check_names, plain_name
from producers.sources.mapping import FILLED, ColumnRule, Mapping, did_you_mean, raw_name
from producers.sources.parse import Format, as_text, parsed
from producers.sources.values import check_texts, is_unreadable


class Mapper:
    """A mapping that is applied to the frames of one source.

    With `is_sparse`, a column that is not required may be missing from a frame.
    """

    def __init__(self, mapping: Mapping, contract: Contract, *, is_sparse: bool = False) -> None:
        self._mapping = mapping
        self._columns = {raw_name(column): column for column in contract.columns}
        self._is_sparse = is_sparse

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a typed frame of the contract's raw columns, with `_file`, `_line`, `_problems`.

        Values that cannot be read are null and named in `_problems`. Raises SourceError if the
        source lacks a column of the mapping, and MappingError if a format or a pattern of the
        mapping is not valid.
        """
        try:
            return self._apply(frame)
        except pl.exceptions.PolarsError as error:
            raise MappingError(
                f"the mapping cannot be applied: {mask_values(str(error))}"
            ) from None

    def _apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = self._with_sparse_columns(_with_plain_names(frame))
        rules = self._usable_rules(frame)
        texts = frame.select(
            **{name: self._text(rule, frame.schema) for name, rule in rules.items()}
        )
        checked, reasons = check_texts(texts, rules, self._columns)
        values = parsed(
            checked, {n: Format(self._columns[n], r.unit, r.date) for n, r in rules.items()}
        )
        problems = _problems(checked, values, reasons, self._columns)
        positions = frame.select(FILE, LINE, PROBLEMS)
        if problems is not None:
            positions = positions.with_columns(pl.col(PROBLEMS).list.concat(problems))
        return values.hstack(positions)

    def _with_sparse_columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add the columns of the mapping if each row of a sparse frame has a problem."""
        if not self._is_sparse or (frame[PROBLEMS].list.len() == 0).any():
            return frame
        sources = {source for rule in self._mapping.columns.values() for source in rule.sources}
        absent = sorted(sources.difference(frame.columns))
        return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)

    def _usable_rules(self, frame: pl.DataFrame) -> dict[str, ColumnRule]:
        """Return the rules whose columns exist; optional and default columns may be missing."""
        self._check_unmapped(frame)
        usable = {}
        for name, rule in self._mapping.columns.items():
            absent = [source for source in rule.sources if source not in frame.columns]
            if not absent:
                usable[name] = rule
            elif self._is_needed(name):
                names = {column: None for column in frame.columns if not column.startswith("_")}
                raise SourceError(
                    f"the source has no column {absent[0]}, to which {name} is mapped"
                    f"{did_you_mean(absent[0], names)}"
                )
        return usable

    def _check_unmapped(self, frame: pl.DataFrame) -> None:
        """Raise SourceError for an unmapped column, usually a misspelt optional one."""
        if self._mapping.ignore_other_columns:
            return
        rules = self._mapping.columns.values()
        read = dict.fromkeys(source for rule in rules for source in rule.sources)
        for name in frame.columns:
            if name not in read and not name.startswith("_"):
                raise SourceError(
                    f"the source has a column {name}, which {self._mapping.stream} does not have"
                    f"{did_you_mean(name, read)}"
                )

    def _is_needed(self, name: str) -> bool:
        is_explicit = self._mapping.columns[name].sources != (name,)
        if is_explicit and not self._is_sparse:
            return True
        return self._columns[name].required and name not in FILLED

    def _text(self, rule: ColumnRule, schema: pl.Schema) -> pl.Expr:
        if rule.constant is not None:
            return pl.lit(rule.constant)
        parts = [as_text(pl.col(source), schema[source]) for source in rule.sources]
        unreadable = pl.coalesce(pl.when(is_unreadable(part)).then(part) for part in parts)
        return pl.coalesce(unreadable, self._mapped_text(rule, parts))

    def _mapped_text(self, rule: ColumnRule, parts: list[pl.Expr]) -> pl.Expr:
        text = parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=rule.join)
        if rule.extract is not None:
            text = text.str.extract(rule.extract, 1)
        if rule.otherwise is not None:
            is_listed = text.is_in(list(rule.values)) | text.is_null()
            text = (
                pl.when(is_listed).then(text.replace(rule.values)).otherwise(pl.lit(rule.otherwise))
            )
        elif rule.values:
            text = text.replace(rule.values)
        return text.fill_null(rule.default) if rule.default is not None else text


def _with_plain_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the column names in the form of the mapping."""
    names = {name: plain_name(name) for name in frame.columns}
    check_names(names.values(), "the source")
    if all(name == plain for name, plain in names.items()):
        return frame
    if repeated := [name for name, count in Counter(names.values()).items() if count > 1]:
        raise SourceError(f"the source has several columns named {', '.join(repeated)}")
    return frame.rename(names)


def _problems(
    texts: pl.DataFrame,
    values: pl.DataFrame,
    reasons: dict[str, pl.Series],
    columns: dict[str, Column],
) -> pl.Series | None:
    """Return per row the values that could not be read, or None if all could."""
    problems = [series.alias(name) for name, series in reasons.items()]
    for name in texts.columns:
        if values[name].null_count() > texts[name].null_count():
            unread = texts[name].is_not_null() & values[name].is_null()
            kind = columns[name].logical_type
            # The value is not repeated: it may be an identifier in the wrong column.
            problem = pl.lit(f"wrong_type: {name}: it is not a valid {kind}")
            problems.append(texts.select(pl.when(unread).then(problem).alias(name)).to_series())
    if not problems:
        return None
    listed = [pl.lit(series) for series in problems]
    return texts.select(pl.concat_list(listed).list.drop_nulls()).to_series()
