"""Coverage of the labour force by pensions, the one indicator of two streams."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import KEY, Indicator, stack

PENSION_COVERAGE = Indicator("pension_coverage_pct", "ratio", ("all",), lambda _: pl.lit(0))


def pension_coverage(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the components of the coverage from those of insurance and employment."""
    pensions = ("employee_pension_insured_persons", "resident_pension_insured_persons")
    insured = (
        parts.filter(pl.col("indicator_code").is_in(pensions))
        .group_by(KEY)
        .agg(pl.col("numerator").sum())
    )
    force = parts.filter(
        (pl.col("indicator_code") == "labour_force_persons") & (pl.col("population") == "all")
    ).select(*KEY, denominator="numerator")
    return stack(
        [
            # The insured of a township without labour force count in the county as well.
            force.join(insured, on=KEY, how="full", coalesce=True).select(
                pl.lit(PENSION_COVERAGE.code).alias("indicator_code"),
                "township_code",
                pl.lit("all").alias("population"),
                "period_month",
                pl.col("numerator").fill_null(0),
                pl.col("denominator").fill_null(0),
            )
        ]
    )
