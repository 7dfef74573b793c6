"""From the columns of a foreign file to those of a contract, as a YAML mapping file says."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping as Mappable
from pathlib import Path
from typing import Literal, Self

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from livelihood.contracts import Column, Contract
from producers.errors import MappingError, SourceError
from producers.sources import FILE, LINE, PROBLEMS
from producers.sources.file import FileOptions
from producers.sources.parse import as_text, typed

# The sender fills these when a source has no such column.
FILLED_BY_SENDER = ("revision", "operation", "contract_version", "token_key_version")
_FILLED = (*FILLED_BY_SENDER, "record_id", "source_system", "recorded_at")


def raw_name(column: Column) -> str:
    """Name of a column before tokens are made: that of the identifier behind a token."""
    return column.token_source or column.name


class ColumnRule(BaseModel):
    """Where one column of the contract comes from and how it is written there.

    Steps in their order: the texts of `from`, joined; the group in `extract`; `values` and, for
    any other text, `otherwise`; `default` where there is no text; the type, by `unit` or `date`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    sources: tuple[str, ...] = Field((), alias="from")
    constant: str | None = None
    join: str = "-"
    extract: str | None = None
    values: dict[str, str | None] = Field(default_factory=dict)
    otherwise: str | None = None
    default: str | None = None
    unit: Literal["fen", "jiao", "yuan", "wan_yuan"] = "fen"
    date: str | None = None

    @field_validator("sources", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("constant", "default", "otherwise", "values", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        if isinstance(value, dict):
            return {_plain(key): _plain(item) for key, item in value.items()}
        return _plain(value)

    @model_validator(mode="after")
    def _has_an_origin(self) -> Self:
        if bool(self.sources) == (self.constant is not None):
            raise ValueError("give either `from` or `constant`")
        return self


def _plain(value: object) -> str | None:
    """A YAML scalar as the text a person wrote."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


class Mapping(BaseModel):
    """A mapping file: stream, source system, layout of the file, key columns, rules by column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stream: str
    source_system: str | None = None
    file: FileOptions = FileOptions()
    key: tuple[str, ...] = ()
    ignore_other_columns: bool = True
    columns: dict[str, ColumnRule]

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {
            name: {"from": rule} if isinstance(rule, str) else rule
            for name, rule in value.items()
            # A line of the template that was left blank.
            if rule is not None
        }

    @property
    def fingerprint(self) -> str:
        """Hash of what the mapping says, comments and order aside."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_mapping(path: Path, contract: Contract) -> Mapping:
    """The mapping in a YAML file; `MappingError` names the file and what is wrong in it."""
    try:
        mapping = Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise MappingError(f"there is no mapping file {path}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MappingError(f"{path}: {place}: {first['msg']}") from error
    try:
        check_mapping(mapping, contract)
    except MappingError as error:
        raise MappingError(f"{path}: {error}") from error
    return mapping


def plain_mapping(contract: Contract) -> Mapping:
    """The mapping of a file that already has the contract's names and words."""
    names = [raw_name(column) for column in contract.columns]
    rules = {name: ColumnRule(sources=(name,)) for name in names}
    return Mapping(stream=contract.name, columns=rules, ignore_other_columns=False)


def check_mapping(mapping: Mapping, contract: Contract) -> None:
    """Raise `MappingError` where the mapping and the contract do not fit."""
    if mapping.stream != contract.name:
        raise MappingError(f"it is a mapping for {mapping.stream}, not for {contract.name}")
    columns = {raw_name(column): column for column in contract.columns}
    for name in (*mapping.columns, *mapping.key):
        if name not in columns:
            raise MappingError(f"{contract.name} has no column {name}{_meant(name, columns)}")
    for name, rule in mapping.columns.items():
        if rule.unit != "fen" and not name.endswith("_fen"):
            raise MappingError(f"{name} is not an amount of money, so it has no unit {rule.unit}")
    if unmapped := [name for name in mapping.key if name not in mapping.columns]:
        raise MappingError(f"the key needs {', '.join(unmapped)}, about which nothing is said")
    if mapping.key and "record_id" in mapping.columns:
        raise MappingError("give either `key` or the column record_id, not both")
    required = [name for name, column in columns.items() if column.required]
    if missing := [
        name for name in required if name not in mapping.columns and name not in _FILLED
    ]:
        raise MappingError(f"nothing is said about the required {', '.join(missing)}")


def _meant(name: str, known: Mappable[str, object]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"


class Mapper:
    """Applies a mapping to the frames of one source.

    With `is_sparse`, a column that is not required may be missing from a frame.
    """

    def __init__(self, mapping: Mapping, contract: Contract, *, is_sparse: bool = False) -> None:
        self._mapping = mapping
        self._columns = {raw_name(column): column for column in contract.columns}
        self._is_sparse = is_sparse

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame of the contract's raw columns, typed, with `_file`, `_line` and `_problems`.

        Values that cannot be read are null and named in `_problems`. Raises `SourceError` when the
        source lacks a column that the mapping needs, `MappingError` when a format or a pattern of
        the mapping is not one.
        """
        try:
            return self._apply(frame)
        except pl.exceptions.PolarsError as error:
            raise MappingError(f"the mapping cannot be applied: {error}") from error

    def _apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        rules = self._usable_rules(frame)
        texts = frame.select(
            **{name: self._text(rule, frame.schema) for name, rule in rules.items()}
        )
        values = texts.select(
            typed(pl.col(name), self._columns[name], rule.unit, rule.date).alias(name)
            for name, rule in rules.items()
        )
        found = _problems(texts, values, self._columns)
        positions = frame.select(FILE, LINE, PROBLEMS)
        if found is not None:
            positions = positions.with_columns(pl.col(PROBLEMS).list.concat(found))
        return values.hstack(positions)

    def _usable_rules(self, frame: pl.DataFrame) -> dict[str, ColumnRule]:
        """The rules whose columns are there; an optional or filled one may be missing."""
        self._check_others(frame)
        usable = {}
        for name, rule in self._mapping.columns.items():
            absent = [source for source in rule.sources if source not in frame.columns]
            if not absent:
                usable[name] = rule
            elif self._is_needed(name):
                names = {column: None for column in frame.columns if not column.startswith("_")}
                raise SourceError(
                    f"the file has no column {absent[0]}, which {name} comes from"
                    f"{_meant(absent[0], names)}"
                )
        return usable

    def _check_others(self, frame: pl.DataFrame) -> None:
        """A column that nobody reads is most often an optional one with its name misspelt."""
        if self._mapping.ignore_other_columns:
            return
        rules = self._mapping.columns.values()
        read = dict.fromkeys(source for rule in rules for source in rule.sources)
        for name in frame.columns:
            if name not in read and not name.startswith("_"):
                raise SourceError(
                    f"the file has a column {name} that {self._mapping.stream} does not know"
                    f"{_meant(name, read)}"
                )

    def _is_needed(self, name: str) -> bool:
        is_explicit = self._mapping.columns[name].sources != (name,)
        if is_explicit and not self._is_sparse:
            return True
        return self._columns[name].required and name not in _FILLED

    def _text(self, rule: ColumnRule, schema: pl.Schema) -> pl.Expr:
        if rule.constant is not None:
            return pl.lit(rule.constant)
        parts = [as_text(pl.col(source), schema[source]) for source in rule.sources]
        text = parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=rule.join)
        if rule.extract is not None:
            text = text.str.extract(rule.extract, 1)
        if rule.otherwise is not None:
            known = text.is_in(list(rule.values)) | text.is_null()
            text = pl.when(known).then(text.replace(rule.values)).otherwise(pl.lit(rule.otherwise))
        elif rule.values:
            text = text.replace(rule.values)
        return text.fill_null(rule.default) if rule.default is not None else text


def _problems(
    texts: pl.DataFrame, values: pl.DataFrame, columns: dict[str, Column]
) -> pl.Series | None:
    """Per row the values that could not be read, or None when all could."""
    complaints = []
    for name in texts.columns:
        unread = texts[name].is_not_null() & values[name].is_null()
        if unread.any():
            kind = columns[name].logical_type
            said = pl.format(
                "wrong_type: {}: {} is not a valid {}", pl.lit(name), texts[name], pl.lit(kind)
            )
            complaints.append(pl.when(unread).then(said))
    if not complaints:
        return None
    return texts.select(pl.concat_list(complaints).list.drop_nulls()).to_series()
