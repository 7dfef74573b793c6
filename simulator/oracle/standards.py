"""Standards in force, such as the minimum wage, by region and date."""

from __future__ import annotations

import polars as pl

from livelihood.registry import load_standards


def read_standards() -> pl.DataFrame:
    """Read the standards: standard, region_code, value_fen, valid_from."""
    return pl.DataFrame(
        [
            (row.standard, row.region_code, int(row.value * 100), row.valid_from)
            for row in load_standards()
        ],
        schema={
            "standard": pl.String,
            "region_code": pl.String,
            "value_fen": pl.Int64,
            "valid_from": pl.Date,
        },
        orient="row",
    )


def with_standard(
    rows: pl.DataFrame, standards: pl.DataFrame, standard: str, month: str
) -> pl.DataFrame:
    """Add `standard_fen`, in force in the township on the day in column `month`.

    The standard of the smallest region applies; null if there is none.
    """
    named = standards.filter(pl.col("standard") == standard)
    candidates = rows.select("township_code").unique().join(named, how="cross")
    candidates = candidates.filter(pl.col("township_code").str.starts_with(pl.col("region_code")))
    width = pl.col("region_code").str.len_chars()
    candidates = candidates.filter(width == width.max().over("township_code"))
    in_force = candidates.select("township_code", "valid_from", standard_fen="value_fen")
    return rows.sort(month, maintain_order=True).join_asof(
        in_force.sort("valid_from"),
        left_on=month,
        right_on="valid_from",
        by="township_code",
        check_sortedness=False,
    )
