"""Values that references in contracts may have: the codes of the region tree."""

from __future__ import annotations

import polars as pl

from livelihood.registry import load_regions


def references() -> dict[str, pl.Series]:
    """Return the allowed values by reference: township codes, and region codes of every level.

    They are read from the seed file, so that a load does not depend on an earlier build.
    """
    regions = load_regions().values()
    townships = [region.region_code for region in regions if region.level == "township"]
    return {
        "regions.region_code": pl.Series("region_code", townships),
        "regions.any_region_code": pl.Series("region_code", list(load_regions())),
    }
