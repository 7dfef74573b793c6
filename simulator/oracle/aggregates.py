"""Definitions of indicators, and their sums by township: shared by all streams."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from livelihood.contracts import load_contract
from simulator.records import raw_name

Kind = Literal["stock", "flow", "ratio", "mean", "composite"]
Aggregate = Callable[[pl.Expr], pl.Expr]
"""Function from the condition that a record belongs to a population to an aggregate."""

KEY = ("township_code", "period_month")
EVERY = pl.col("township_code").is_not_null()
"""True for every record; a literal would count as one record."""
PERSONS = {
    "all": EVERY,
    "rural": pl.col("residence") == "rural",
    **{
        name: pl.col(f"is_{name}")
        for name in (
            "graduate", "migrant_worker", "exited_poverty", "low_income", "hardship", "disabled",
            "veteran", "relocated",
        )
    },
}  # fmt: skip
"""Populations of records that contain all traits of persons."""
COMPONENTS = pl.Schema(
    {
        "indicator_code": pl.String(),
        "township_code": pl.String(),
        "population": pl.String(),
        "period_month": pl.Date(),
        "numerator": pl.Int64(),
        "denominator": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Indicator:
    """An indicator as sums over records; money is summed in fen and published in yuan.

    Sums are whole numbers, of which `…_places` digits are decimals.
    """

    code: str
    kind: Kind
    populations: tuple[str, ...]
    numerator: Aggregate
    denominator: Aggregate | None = None
    numerator_is_money: bool = False
    denominator_is_money: bool = False
    numerator_places: int = 0
    denominator_places: int = 0
    factor: int = 1

    @property
    def places(self) -> tuple[int, int]:
        """Numbers of decimals of numerator and denominator."""
        return (
            2 if self.numerator_is_money else self.numerator_places,
            2 if self.denominator_is_money else self.denominator_places,
        )


def count(condition: pl.Expr) -> Aggregate:
    """Count the records that meet a condition."""
    return lambda member: (condition & member).sum().cast(pl.Int64)


def total(value: pl.Expr, condition: pl.Expr) -> Aggregate:
    """Sum a value over the records that meet a condition; null counts as zero."""
    return lambda member: value.filter(condition & member).sum().cast(pl.Int64)


def distinct(value: pl.Expr, condition: pl.Expr) -> Aggregate:
    """Count the distinct values over the records that meet a condition."""
    return lambda member: value.filter(condition & member).n_unique().cast(pl.Int64)


def components(
    rows: pl.DataFrame, indicators: Sequence[Indicator], populations: dict[str, pl.Expr]
) -> pl.DataFrame:
    """Return numerators and denominators of indicators by township, month and population."""
    cells = [(indicator, name) for indicator in indicators for name in indicator.populations]
    numerators = [
        indicator.numerator(populations[name]).alias(f"n{index}")
        for index, (indicator, name) in enumerate(cells)
    ]
    denominators = [
        indicator.denominator(populations[name]).alias(f"d{index}")
        for index, (indicator, name) in enumerate(cells)
        if indicator.denominator is not None
    ]
    wide = rows.group_by(KEY).agg(*numerators, *denominators)
    return stack(
        _cell(wide, indicator, name, index) for index, (indicator, name) in enumerate(cells)
    )


def _cell(wide: pl.DataFrame, indicator: Indicator, population: str, index: int) -> pl.DataFrame:
    return wide.select(
        pl.lit(indicator.code).alias("indicator_code"),
        "township_code",
        pl.lit(population).alias("population"),
        "period_month",
        pl.col(f"n{index}").alias("numerator"),
        (pl.lit(None, pl.Int64) if indicator.denominator is None else pl.col(f"d{index}")).alias(
            "denominator"
        ),
    )


def stack(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Concatenate components; without parts, return an empty frame."""
    return pl.concat([pl.DataFrame(schema=COMPONENTS), *(part.cast(COMPONENTS) for part in parts)])


def with_zeros(
    parts: pl.DataFrame, keys: pl.DataFrame, indicators: Sequence[Indicator]
) -> pl.DataFrame:
    """Add a zero for each stock and flow that a key (township, month) lacks."""
    cells = pl.DataFrame(
        [
            (indicator.code, name)
            for indicator in indicators
            if indicator.kind in ("stock", "flow")
            for name in indicator.populations
        ],
        schema=["indicator_code", "population"],
        orient="row",
    )
    columns = ["indicator_code", "population", *KEY]
    absent = keys.join(cells, how="cross").join(parts, on=columns, how="anti")
    zeros = absent.with_columns(
        numerator=pl.lit(0, pl.Int64), denominator=pl.lit(None, pl.Int64)
    ).select(list(COMPONENTS))
    return stack([parts, zeros])


def paid_by(amount: str, date: str, day: dt.date) -> pl.Expr:
    """Return the amount if it was paid by the day, else zero; without a date it counts."""
    is_later = (pl.col(date) > day).fill_null(value=False)
    return pl.when(is_later & pl.col(amount).is_not_null()).then(0).otherwise(amount).alias(amount)


def identity(stream: str) -> list[str]:
    """Return the columns that identify a raw record of a stream; its revisions agree in them."""
    contract = load_contract(stream)
    return [raw_name(contract.column(name)) for name in contract.identity]


def current(frames: Mapping[str, pl.DataFrame], stream: str) -> pl.DataFrame:
    """Return the highest revision of each record of a stream, unless it is a withdrawal."""
    rows, key = frames[stream], identity(stream)
    is_repeated = rows.select(key).is_duplicated()
    newest = (
        rows.filter(is_repeated)
        .sort("revision", "recorded_at")
        .unique(key, keep="last", maintain_order=True)
    )
    return pl.concat([rows.filter(~is_repeated), newest]).filter(pl.col("operation") != "withdraw")
