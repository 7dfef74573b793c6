"""Mapping files: YAML that maps the columns of a source to those of a contract."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Hashable
from collections.abc import Mapping as Mappable
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from livelihood.contracts import Column, Contract
from producers.errors import MappingError
from producers.sources.header import plain_name
from producers.sources.options import FileOptions
from producers.sources.parse import part_places

# Columns with a default where the source has no such column.
FILLED = (
    "record_id",
    "revision",
    "operation",
    "contract_version",
    "source_system",
    "recorded_at",
    "token_key_version",
    "token_key_fingerprint",
)

# Options of version 0.1.0. Others are part of a fingerprint only where they are used.
_OLD_OPTIONS = ("stream", "source_system", "file", "key", "ignore_other_columns", "columns")
_OLD_FILE_OPTIONS = ("header_line", "sheet", "encoding", "delimiter")
_OLD_RULE_OPTIONS = (
    "sources", "constant", "join", "extract", "values", "otherwise", "default", "unit", "date",
)  # fmt: skip


def raw_name(column: Column) -> str:
    """Return the name of a column in a source: for a token, that of its identifier."""
    return column.token_source or column.name


class _UniqueKeyLoader(yaml.SafeLoader):
    """Loader of YAML that refuses a key that occurs twice, of which YAML takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Return the mapping of a node. Raise ConstructorError for a repeated key."""
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    problem = f"the key {key.value} occurs twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                keys.add(key.value)
        return super().construct_mapping(node, deep)


class ColumnRule(BaseModel):
    """Origin of one column of the contract, and how its values are written there.

    Steps in order: the texts of `from`, joined. The group in `extract`; `values` and, for
    any other text, `otherwise`; `default` where there is no text. The type, by `unit` or `date`.
    `percent_in` names the column whose value is `pct` where the number may have a percent sign.
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
    percent_in: str | None = None
    date: str | None = None

    @field_validator("sources", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("sources")
    @classmethod
    def _plain(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(plain_name, names))

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
    """Return a YAML scalar as it was written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


class Mapping(BaseModel):
    """A mapping file: stream, source system, layout of the file, key columns, rules by column.

    `key` identifies a fact, where the business key of the contract does not. `complete_for` names
    the scope, such as an employer and a month, for which each export contains all records. `sum`
    names the columns to add up where several rows have the same key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stream: str
    source_system: str | None = None
    file: FileOptions = FileOptions()
    key: tuple[str, ...] = ()
    complete_for: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()
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
            # A blank line of the template.
            if rule is not None
        }

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the mapping without comments and order.

        Options that version 0.1.0 did not have count only where they are used, so that an upgrade
        does not send every file again.
        """
        options = _without_unused(self.model_dump(mode="json"))
        options["file"] = _without_unused(options["file"], _OLD_FILE_OPTIONS)
        options["columns"] = {
            name: _without_unused(rule, _OLD_RULE_OPTIONS)
            for name, rule in options["columns"].items()
        }
        text = json.dumps(options, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _without_unused(options: dict[str, Any], old: tuple[str, ...] = _OLD_OPTIONS) -> dict[str, Any]:
    """Return options without those that are newer than version 0.1.0 and not used."""
    return {
        name: value
        for name, value in options.items()
        if name in old or value not in (None, False, "", [], {})
    }


def read_mapping(path: Path, contract: Contract) -> Mapping:
    """Read a mapping file. Raise MappingError, with the file, if it is not valid."""
    try:
        text = path.read_text(encoding="utf-8")
        mapping = Mapping.model_validate(yaml.load(text, Loader=_UniqueKeyLoader))  # noqa: S506 - derived from a safe one
    except OSError as error:
        raise MappingError(f"there is no mapping file {path}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise MappingError(f"{path}: {key}: {first['msg']}") from error
    try:
        check_mapping(mapping, contract)
    except MappingError as error:
        raise MappingError(f"{path}: {error}") from error
    return mapping


def plain_mapping(contract: Contract) -> Mapping:
    """Return the mapping of a source that already has the contract's names and values."""
    names = [raw_name(column) for column in contract.columns]
    rules = {name: ColumnRule(sources=(name,)) for name in names}
    return Mapping(stream=contract.name, columns=rules, ignore_other_columns=False)


def check_mapping(mapping: Mapping, contract: Contract) -> None:
    """Raise MappingError if the mapping is not valid for the contract."""
    if mapping.stream != contract.name:
        raise MappingError(f"it is a mapping for {mapping.stream}, not for {contract.name}")
    columns = {raw_name(column): column for column in contract.columns}
    for name in (*mapping.columns, *mapping.key, *mapping.complete_for, *mapping.sum):
        if name not in columns:
            raise MappingError(f"{contract.name} has no column {name}{did_you_mean(name, columns)}")
    for name, rule in mapping.columns.items():
        if rule.unit == "one" and not part_places(name):
            raise MappingError(f"{name} does not count in parts of one, so it has no unit one")
        if rule.unit not in ("fen", "one") and not name.endswith("_fen"):
            raise MappingError(f"{name} is not an amount of money, so it has no unit {rule.unit}")
        _check_money_unit(name, rule)
        if rule.percent_in is not None and rule.percent_in not in mapping.columns:
            raise MappingError(f"percent_in of {name}: {rule.percent_in} is not mapped")
    if unmapped := [name for name in mapping.key if name not in mapping.columns]:
        raise MappingError(f"the key needs {', '.join(unmapped)}, which the mapping does not map")
    for option, names in {"complete_for": mapping.complete_for, "sum": mapping.sum}.items():
        if unmapped := [name for name in names if name not in mapping.columns]:
            raise MappingError(
                f"{option} names {', '.join(unmapped)}, which the mapping does not map"
            )
    if texts := [name for name in mapping.sum if columns[name].logical_type != "integer"]:
        raise MappingError(f"sum names {', '.join(texts)}, which cannot be added up")
    if mapping.key and "record_id" in mapping.columns:
        raise MappingError("give either `key` or the column record_id, not both")
    required = [name for name, column in columns.items() if column.required]
    if missing := [name for name in required if name not in mapping.columns and name not in FILLED]:
        raise MappingError(f"the mapping does not map the required {', '.join(missing)}")


def _check_money_unit(name: str, rule: ColumnRule) -> None:
    """Raise MappingError if a column is titled in yuan and the rule does not state the unit."""
    if name.endswith("_fen") and "unit" not in rule.model_fields_set:
        for source in rule.sources:
            if "元" in source:
                unit = "wan_yuan" if "万元" in source else "yuan"
                raise MappingError(
                    f"{name} is counted in fen, and {source} is in yuan: add `unit: {unit}`, "
                    "or `unit: fen` if its numbers are fen"
                )


def did_you_mean(name: str, names: Mappable[str, object]) -> str:
    """Return the end of an error about an unknown name: the most similar name, or all names."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(names)}"
