"""The reader of seed files: each row of a CSV file becomes an immutable, validated object."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from livelihood.errors import RegistryError
from livelihood.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"


def _written_as(pattern: str, example: str) -> BeforeValidator:
    """Accept text of one form only: pydantic alone reads 1640995200 as a date and "yes" as true."""

    def check(cell: str) -> str:
        if not re.fullmatch(pattern, cell):
            raise ValueError(f"write it like {example}")
        return cell

    return BeforeValidator(check)


Date = Annotated[dt.date, _written_as(r"\d{4}-\d{2}-\d{2}", "2022-01-31")]
Flag = Annotated[bool, _written_as("true|false", "true or false")]
Number = Annotated[Decimal, _written_as(r"-?\d+(\.\d+)?", "12.5")]
Codes = Annotated[tuple[str, ...], BeforeValidator(str.split)]
"""Codes separated by spaces."""


class SeedRow(BaseModel):
    """A row of a seed file: one field per column. An empty cell takes the field's default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: ClassVar[str]
    """Name of the file without `.csv`, and of dbt's seed."""
    key: ClassVar[tuple[str, ...]]
    """Columns that identify a row."""


RowT = TypeVar("RowT", bound=SeedRow)


def read_rows(model: type[RowT], folder: Path = SEEDS) -> tuple[RowT, ...]:
    """Return the rows of a model's seed file in file order.

    Raises RegistryError with file, line and column of every invalid cell, and for a key that occurs
    more than once.
    """
    path = folder / f"{model.seed}.csv"
    rows: tuple[RowT, ...] = _read(model, path, _modified_ns(path))
    return rows


def read_mapping(model: type[RowT], folder: Path = SEEDS) -> Mapping[str, RowT]:
    """Return the rows of a seed file by their key, in file order. Raises as `read_rows` does."""
    path = folder / f"{model.seed}.csv"
    rows: Mapping[str, RowT] = _index(model, path, _modified_ns(path))
    return rows


def _modified_ns(path: Path) -> int:
    """Return when the file last changed: a part of the caches' key, so edits take effect."""
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise RegistryError(f"{path} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=64)
def _read(model: type[RowT], path: Path, _modified_ns: int) -> tuple[RowT, ...]:
    rows: list[RowT] = []
    issues: list[str] = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or ()
        if sorted(columns) != sorted(model.model_fields):
            raise RegistryError(f"{path.name}: {_header_issue(model, columns)}")
        for cells in reader:
            try:
                rows.append(_row(model, cells))
            except ValidationError as error:
                where = f"{path.name}, line {reader.line_num}"
                issues.extend(f"{where}: {issue}" for issue in _cell_issues(error))
    issues.extend(f"{path.name}: {issue}" for issue in _key_issues(model, rows))
    if issues:
        raise RegistryError("\n".join(issues))
    return tuple(rows)


@lru_cache(maxsize=64)
def _index(model: type[RowT], path: Path, modified_ns: int) -> Mapping[str, RowT]:
    (column,) = model.key
    return MappingProxyType({getattr(row, column): row for row in _read(model, path, modified_ns)})


def _row(model: type[RowT], cells: Mapping[str, Any]) -> RowT:
    # A row with too many cells has them under None, one with too few has None for the last ones.
    return model.model_validate(
        {str(column): cell for column, cell in cells.items() if cell not in ("", None)}
    )


def _header_issue(model: type[SeedRow], columns: Sequence[str]) -> str:
    missing = [name for name in model.model_fields if name not in columns]
    unknown = [name for name in columns if name not in model.model_fields]
    repeated = [name for name, count in Counter(columns).items() if count > 1]
    named = {"missing": missing, "unknown": unknown, "repeated": repeated}
    return "; ".join(f"{what} columns: {', '.join(ls)}" for what, ls in named.items() if ls)


def _cell_issues(error: ValidationError) -> Iterator[str]:
    for issue in error.errors():
        column = issue["loc"][0]
        if column == "None":
            yield "the row has more cells than the file has columns"
        elif issue["type"] == "missing":
            yield f"column {column} is empty"
        else:
            reason = issue["msg"].removeprefix("Value error, ")
            yield f"column {column} is {issue['input']!r}: {reason}"


def _key_issues(model: type[SeedRow], rows: Sequence[SeedRow]) -> Iterator[str]:
    counts = Counter(tuple(str(getattr(row, name)) for name in model.key) for row in rows)
    for key, count in counts.items():
        if count > 1:
            yield f"{', '.join(model.key)} {', '.join(key)} occurs {count} times"
