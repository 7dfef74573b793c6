"""Shared by the truth of each stream: definitions of indicators, and sums of them by township."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["stock", "flow", "ratio", "mean", "composite"]
Aggregate = Callable[[pl.Expr], pl.Expr]
"""Makes an aggregate from the condition that a row belongs to the population."""

KEY = ("township_code", "period_month")
EVERY = pl.col("township_code").is_not_null()
"""True of every row; a literal would count as one row, however many there are."""
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
"""The populations of rows that say of a person all that programmes ask for."""
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
    """An indicator as sums over rows; money is summed in fen and shown in yuan.

    Sums are whole numbers: `…_places` tells how many of their digits are decimals.
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
        """Decimals of the numerator's and of the denominator's sum."""
        return (
            2 if self.numerator_is_money else self.numerator_places,
            2 if self.denominator_is_money else self.denominator_places,
        )


def count(condition: pl.Expr) -> Aggregate:
    """Number of rows that meet a condition."""
    return lambda member: (condition & member).sum().cast(pl.Int64)


def total(value: pl.Expr, condition: pl.Expr) -> Aggregate:
    """Sum of a value over the rows that meet a condition; null counts as zero."""
    return lambda member: value.filter(condition & member).sum().cast(pl.Int64)


def distinct(value: pl.Expr, condition: pl.Expr) -> Aggregate:
    """Number of different values over the rows that meet a condition."""
    return lambda member: value.filter(condition & member).n_unique().cast(pl.Int64)


def components(
    rows: pl.DataFrame, indicators: Sequence[Indicator], populations: dict[str, pl.Expr]
) -> pl.DataFrame:
    """Numerators and denominators of all indicators by township, month and population."""
    cells = [(indicator, name) for indicator in indicators for name in indicator.populations]
    numerators = [
        indicator.numerator(populations[name]).alias(f"n{place}")
        for place, (indicator, name) in enumerate(cells)
    ]
    denominators = [
        indicator.denominator(populations[name]).alias(f"d{place}")
        for place, (indicator, name) in enumerate(cells)
        if indicator.denominator is not None
    ]
    wide = rows.group_by(KEY).agg(*numerators, *denominators)
    return stack(
        _cell(wide, indicator, name, place) for place, (indicator, name) in enumerate(cells)
    )


def _cell(wide: pl.DataFrame, indicator: Indicator, population: str, place: int) -> pl.DataFrame:
    return wide.select(
        pl.lit(indicator.code).alias("indicator_code"),
        "township_code",
        pl.lit(population).alias("population"),
        "period_month",
        pl.col(f"n{place}").alias("numerator"),
        (pl.lit(None, pl.Int64) if indicator.denominator is None else pl.col(f"d{place}")).alias(
            "denominator"
        ),
    )


def stack(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The components of several parts below each other; none at all give an empty frame."""
    return pl.concat([pl.DataFrame(schema=COMPONENTS), *(part.cast(COMPONENTS) for part in parts)])


def with_zeros(
    parts: pl.DataFrame, keys: pl.DataFrame, indicators: Sequence[Indicator]
) -> pl.DataFrame:
    """The components, and zero for each stock and flow of a key (township, month) without one."""
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


def current(rows: pl.DataFrame) -> pl.DataFrame:
    """The row that counts of each record: its highest revision, unless that is a withdrawal."""
    is_repeated = rows["record_id"].is_duplicated()
    newest = (
        rows.filter(is_repeated)
        .sort("revision", "recorded_at")
        .unique("record_id", keep="last", maintain_order=True)
    )
    return pl.concat([rows.filter(~is_repeated), newest]).filter(pl.col("operation") != "withdraw")
