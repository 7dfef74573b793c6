"""The catalogue: indicators, the groups they are computed for, indexes, units, and monitors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from livelihood.registry.seeds import Codes, Number, SeedRow, read_mapping, read_rows


class Indicator(SeedRow):
    """A published value: factor × numerator ÷ denominator, or the numerator alone.

    A composite has other indicators as numerator and denominator, or `IndexWeight` rows. It has no
    stream and no measures.
    """

    seed: ClassVar[str] = "indicators"
    key: ClassVar[tuple[str, ...]] = ("indicator_code",)

    indicator_code: str
    name_zh: str
    name_en: str
    stream: str | None = None
    kind: Literal["stock", "flow", "ratio", "mean", "composite"]
    unit: str
    direction: Literal["up", "down", "neutral"]
    numerator_measure: str | None = None
    denominator_measure: str | None = None
    factor: Number
    populations: Codes
    numerator_indicator: str | None = None
    numerator_population: str | None = None
    denominator_indicator: str | None = None
    denominator_population: str | None = None
    definition_zh: str
    definition_en: str
    reason_shown: str = ""
    """Why it is computed although no target, baseline or ratio uses it."""

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it is computed from."""
        return tuple(filter(None, (self.numerator_measure, self.denominator_measure)))


class IndexWeight(SeedRow):
    """A part of an index: it counts 0 at `floor`, 1 at `ceiling`, times its weight."""

    seed: ClassVar[str] = "index_weights"
    key: ClassVar[tuple[str, ...]] = ("index_code", "indicator_code", "population")

    index_code: str
    indicator_code: str
    population: str
    weight: Number
    floor: Number
    ceiling: Number
    note: str = ""


class Population(SeedRow):
    """A group of people that indicators are computed for."""

    seed: ClassVar[str] = "populations"
    key: ClassVar[tuple[str, ...]] = ("population",)

    population: str
    name_zh: str
    name_en: str
    definition_en: str


class Unit(SeedRow):
    """The words for a unit of values; ratios and indices have none."""

    seed: ClassVar[str] = "units"
    key: ClassVar[tuple[str, ...]] = ("unit",)

    unit: str
    name_zh: str = ""
    name_en: str = ""


class Monitor(SeedRow):
    """What an office must act on. The dbt model of the same name finds the cases."""

    seed: ClassVar[str] = "monitors"
    key: ClassVar[tuple[str, ...]] = ("monitor_code",)

    monitor_code: str
    name_zh: str
    name_en: str
    about: str
    stream: str
    owner: str
    legal_source: str
    action_zh: str
    action_en: str


def load_indicators() -> Mapping[str, Indicator]:
    """Return the indicators by code."""
    return read_mapping(Indicator)


def load_index_weights() -> tuple[IndexWeight, ...]:
    """Return the parts of all indexes."""
    return read_rows(IndexWeight)


def load_populations() -> Mapping[str, Population]:
    """Return the groups of people by code."""
    return read_mapping(Population)


def load_units() -> Mapping[str, Unit]:
    """Return the units of values by code."""
    return read_mapping(Unit)


def load_monitors() -> Mapping[str, Monitor]:
    """Return the monitors by code."""
    return read_mapping(Monitor)
