"""What a contract's references may take: the codes that exist in the region tree."""

from __future__ import annotations

import polars as pl

from livelihood.registry.seeds import SEEDS

REGIONS = SEEDS / "regions.csv"


def references() -> dict[str, pl.Series]:
    """Values per reference, from the seed file: townships, and the codes of every level.

    The file is read, not the table: a load must not depend on a build having run before.
    """
    regions = pl.read_csv(REGIONS, schema_overrides={"region_code": pl.String}, infer_schema=False)
    townships = regions.filter(pl.col("level") == "township")["region_code"]
    return {
        "regions.region_code": townships,
        "regions.any_region_code": regions["region_code"],
    }
