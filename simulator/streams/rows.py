"""Turns simulated facts into raw producer rows: the contract's columns before tokenising."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from livelihood.contracts import Column, load_contract
from livelihood.contracts.validation import column_type
from simulator.areas.clock import Integers, dates
from simulator.areas.population import Population
from simulator.profiles.profile import Profile

SOURCE_SYSTEM = "simulator"
ADDED_BY_SENDER = ("contract_version", "token_key_version")
FAULT = "_fault"
SENT_AT = "_sent_at"


def raw_name(column: Column) -> str:
    """Name of a contract's column before tokenising, such as ``identity_number``."""
    return column.token_source or column.name


@lru_cache(maxsize=16)
def raw_schema(stream: str) -> pl.Schema:
    """Columns and types of a stream's raw rows, in the contract's order."""
    columns = load_contract(stream).columns
    return pl.Schema(
        {
            raw_name(column): column_type(column)
            for column in columns
            if column.name not in ADDED_BY_SENDER
        }
    )


def raw_rows(stream: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as good rows of the stream; columns it lacks are null, others are left out."""
    schema = raw_schema(stream)
    constants = {"operation": "upsert", "source_system": SOURCE_SYSTEM}
    made = [
        pl.col(name).cast(type_) if name in frame.columns else pl.lit(constants.get(name), type_)
        for name, type_ in schema.items()
    ]
    names = [expression.alias(name) for expression, name in zip(made, schema.names(), strict=True)]
    return frame.select(
        *names,
        pl.lit(None, pl.String).alias(FAULT),
        pl.col("recorded_at").cast(pl.Datetime("us", "UTC")).alias(SENT_AT),
    )


def people_table(people: Population, profile: Profile) -> pl.DataFrame:
    """One row a resident, with the columns that several streams repeat; index it by person."""
    codes = pl.Series([township.code for township in profile.townships])
    residences = pl.Series(["rural", "urban"])
    return pl.DataFrame(
        {
            "identity_number": people.identity_number,
            "household_number": people.household_number,
            "township_code": codes.gather(people.township),
            "residence": residences.gather(people.is_urban.astype("int64")),
            "birth_year": dates(people.birth_day.astype("int64")).dt.year(),
            "is_exited_poverty": people.is_exited_poverty,
            "is_relocated": people.is_relocated,
            "is_monitored": people.is_monitored,
            "is_low_income": people.is_low_income,
            "is_disabled": people.is_disabled,
            "is_severely_disabled": people.is_severely_disabled,
            "is_veteran": people.is_veteran,
            "is_hardship": people.is_hardship,
            "graduation_year": pl.Series(people.graduation_year).replace(0, None),
        }
    )


def texts(values: list[str | None], index: Integers) -> pl.Series:
    """The text of each index; negative indexes count from the end, as in Python."""
    return pl.Series(values, dtype=pl.String).gather(pl.Series(index % len(values)))


def record_ids(prefix: str, *numbers: Integers) -> pl.Series:
    """Identifiers such as ``emp:0000012:3`` from columns of numbers."""
    result = pl.Series([prefix])
    for place, column in enumerate(numbers):
        text = pl.Series(column).cast(pl.String)
        result = result + ":" + (text.str.zfill(7) if place == 0 else text)
    return result.alias("record_id")
