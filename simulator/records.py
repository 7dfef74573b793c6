"""Raw records: the columns of a contract before identifiers are replaced by tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from livelihood.contracts import Column, load_contract
from livelihood.contracts.validation import column_type
from simulator.areas.clock import Integers

SOURCE_SYSTEM = "simulator"
ADDED_BY_SENDER = ("contract_version", "token_key_version", "token_key_fingerprint")
FAULT = "_fault"
SENT_AT = "_sent_at"


@dataclass(frozen=True)
class FaultColumns:
    """Columns of a stream that planted faults change.

    `amounts` are what was paid or received (columns in fen). A faulty record has them negative or
    halved. `dates` move together to an earlier or later month, by `months`; by default, they are
    all dates of the contract.
    """

    amounts: tuple[str, ...] = ()
    dates: tuple[str, ...] | None = None
    months: int = 1

    def dates_of(self, stream: str) -> tuple[str, ...]:
        """Return the names of the dates that move."""
        if self.dates is not None:
            return self.dates
        columns = load_contract(stream).columns
        return tuple(column.name for column in columns if column.logical_type == "date")


def raw_name(column: Column) -> str:
    """Return the name of a column before it is replaced by a token, such as `identity_number`."""
    return column.token_source or column.name


@lru_cache(maxsize=16)
def raw_schema(stream: str) -> pl.Schema:
    """Return columns and types of the raw records of a stream, in the contract's order."""
    columns = load_contract(stream).columns
    return pl.Schema(
        {
            raw_name(column): column_type(column)
            for column in columns
            if column.name not in ADDED_BY_SENDER
        }
    )


def raw_records(stream: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Select good raw records of a stream, one for each business key.

    Missing columns are null, other columns are dropped.
    """
    schema = raw_schema(stream)
    constants = {"operation": "upsert", "source_system": SOURCE_SYSTEM}
    expressions = [
        (
            pl.col(name).cast(type_)
            if name in frame.columns
            else pl.lit(constants.get(name), type_).alias(name)
        )
        for name, type_ in schema.items()
    ]
    records = frame.select(
        *expressions,
        pl.lit(None, pl.String).alias(FAULT),
        pl.col("recorded_at").cast(pl.Datetime("us", "UTC")).alias(SENT_AT),
    )
    return _without_repeats(stream, records)


def _without_repeats(stream: str, records: pl.DataFrame) -> pl.DataFrame:
    """Drop records of a fact that has another record: of a person hired twice in one month."""
    contract = load_contract(stream)
    if not contract.business_key:
        return records
    key = [raw_name(contract.column(name)) for name in contract.business_key]
    return records.filter(pl.col("record_id") == pl.col("record_id").first().over(key))


def texts(values: list[str | None], index: Integers) -> pl.Series:
    """Return the text of each index; negative indexes count from the end, as in Python."""
    return pl.Series(values, dtype=pl.String).gather(pl.Series(index % len(values)))


def record_ids(prefix: str, *numbers: Integers) -> pl.Series:
    """Return record numbers such as `emp:0000012:3` from columns of numbers."""
    result = pl.Series([prefix])
    for index, column in enumerate(numbers):
        text = pl.Series(column).cast(pl.String)
        result = result + ":" + (text.str.zfill(7) if index == 0 else text)
    return result.alias("record_id")
