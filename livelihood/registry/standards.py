"""Amounts set by government, against which payments are checked."""

from __future__ import annotations

from typing import ClassVar, Literal

from livelihood.registry.seeds import Date, Number, SeedRow, read_rows


class Standard(SeedRow):
    """An amount in force in a region from a day until the next one of the same standard."""

    seed: ClassVar[str] = "standards"
    key: ClassVar[tuple[str, ...]] = ("standard", "region_code", "valid_from")

    standard: str
    region_code: str
    value: Number
    unit: Literal["yuan"]
    valid_from: Date
    source: str


def load_standards() -> tuple[Standard, ...]:
    """Return the standards of all regions and days."""
    return read_rows(Standard)
