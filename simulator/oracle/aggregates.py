"""Shared by the truth of each stream: definitions of figures, and sums of them by township."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from livelihood.registry.seeds import SEEDS

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
STANDARDS_FILE = SEEDS / "standards.csv"
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
class Figure:
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
    rows: pl.DataFrame, figures: Sequence[Figure], populations: dict[str, pl.Expr]
) -> pl.DataFrame:
    """Numerators and denominators of all figures by township, month and population."""
    cells = [(figure, name) for figure in figures for name in figure.populations]
    numerators = [
        figure.numerator(populations[name]).alias(f"n{place}")
        for place, (figure, name) in enumerate(cells)
    ]
    denominators = [
        figure.denominator(populations[name]).alias(f"d{place}")
        for place, (figure, name) in enumerate(cells)
        if figure.denominator is not None
    ]
    wide = rows.group_by(KEY).agg(*numerators, *denominators)
    return stack(_cell(wide, figure, name, place) for place, (figure, name) in enumerate(cells))


def _cell(wide: pl.DataFrame, figure: Figure, population: str, place: int) -> pl.DataFrame:
    return wide.select(
        pl.lit(figure.code).alias("indicator_code"),
        "township_code",
        pl.lit(population).alias("population"),
        "period_month",
        pl.col(f"n{place}").alias("numerator"),
        (pl.lit(None, pl.Int64) if figure.denominator is None else pl.col(f"d{place}")).alias(
            "denominator"
        ),
    )


def stack(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The components of several parts below each other; none at all give an empty frame."""
    return pl.concat([pl.DataFrame(schema=COMPONENTS), *(part.cast(COMPONENTS) for part in parts)])


def with_zeros(parts: pl.DataFrame, keys: pl.DataFrame, figures: Sequence[Figure]) -> pl.DataFrame:
    """The components, and zero for each stock and flow of a key (township, month) without one."""
    cells = pl.DataFrame(
        [
            (figure.code, name)
            for figure in figures
            if figure.kind in ("stock", "flow")
            for name in figure.populations
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


def read_standards() -> pl.DataFrame:
    """Standards in force: standard, region_code, value_fen, valid_from."""
    table = pl.read_csv(STANDARDS_FILE, infer_schema=False)
    return table.select(
        "standard",
        "region_code",
        value_fen=(pl.col("value").cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64),
        valid_from=pl.col("valid_from").str.to_date(),
    )


def with_standard(
    rows: pl.DataFrame, standards: pl.DataFrame, standard: str, month: str
) -> pl.DataFrame:
    """The rows with `standard_fen`, in force in their township on the day in column `month`.

    The standard of the narrowest region counts; null where there is none.
    """
    named = standards.filter(pl.col("standard") == standard)
    places = rows.select("township_code").unique().join(named, how="cross")
    places = places.filter(pl.col("township_code").str.starts_with(pl.col("region_code")))
    width = pl.col("region_code").str.len_chars()
    places = places.filter(width == width.max().over("township_code"))
    in_force = places.select("township_code", "valid_from", standard_fen="value_fen")
    return rows.sort(month, maintain_order=True).join_asof(
        in_force.sort("valid_from"),
        left_on=month,
        right_on="valid_from",
        by="township_code",
        check_sortedness=False,
    )
