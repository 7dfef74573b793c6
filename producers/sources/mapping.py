"""From the columns of a foreign file to those of a contract, as a YAML mapping file says."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping as Mappable
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from livelihood.contracts import Column, Contract
from producers.errors import MappingError
from producers.sources.file import FileOptions
from producers.sources.parse import part_places

# The sender or the import fills these when a source has no such column.
FILLED = (
    "record_id",
    "revision",
    "operation",
    "contract_version",
    "source_system",
    "recorded_at",
    "token_key_version",
)


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
    unit: Literal["fen", "jiao", "yuan", "wan_yuan", "one"] = "fen"
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
            raise MappingError(f"{contract.name} has no column {name}{did_you_mean(name, columns)}")
    for name, rule in mapping.columns.items():
        if rule.unit == "one" and not part_places(name):
            raise MappingError(f"{name} does not count in parts of one, so it has no unit one")
        if rule.unit not in ("fen", "one") and not name.endswith("_fen"):
            raise MappingError(f"{name} is not an amount of money, so it has no unit {rule.unit}")
    if unmapped := [name for name in mapping.key if name not in mapping.columns]:
        raise MappingError(f"the key needs {', '.join(unmapped)}, about which nothing is said")
    if mapping.key and "record_id" in mapping.columns:
        raise MappingError("give either `key` or the column record_id, not both")
    required = [name for name, column in columns.items() if column.required]
    if missing := [name for name in required if name not in mapping.columns and name not in FILLED]:
        raise MappingError(f"nothing is said about the required {', '.join(missing)}")


def did_you_mean(name: str, known: Mappable[str, object]) -> str:
    """The end of a sentence about an unknown name: the likeliest one, or all there are."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"
