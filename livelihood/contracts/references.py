"""Values that references in contracts may have: the codes of the region tree."""

from __future__ import annotations

import polars as pl

from livelihood.registry.seeds import SEEDS

REGIONS = SEEDS / "regions.csv"


def references() -> dict[str, pl.Series]:
    """Return the allowed values by reference: township codes, and region codes of every level.

    They are read from the seed file, so that a load does not depend on an earlier build.
    """
    regions = pl.read_csv(REGIONS, schema_overrides={"region_code": pl.String}, infer_schema=False)
    townships = regions.filter(pl.col("level") == "township")["region_code"]
    return {
        "regions.region_code": townships,
        "regions.any_region_code": regions["region_code"],
    }
