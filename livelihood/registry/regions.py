"""The region tree: provinces, prefectures, counties and townships (GB/T 2260, GB/T 10114)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from livelihood.registry.seeds import SeedRow, read_mapping


class Region(SeedRow):
    """A division. Its code begins with the code of its parent, a province has none."""

    seed: ClassVar[str] = "regions"
    key: ClassVar[tuple[str, ...]] = ("region_code",)

    region_code: str
    name_zh: str
    name_en: str = ""
    level: Literal["province", "prefecture", "county", "township"]
    parent_code: str | None = None


def load_regions() -> Mapping[str, Region]:
    """Return the regions of the plan areas by code."""
    return read_mapping(Region)
