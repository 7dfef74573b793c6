"""Values that offices report of targets that no record measures."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from dataclasses import dataclass

import numpy as np

from livelihood.contracts import load_contract
from livelihood.registry import Target, load_targets

SHARES = ("pct", "ratio", "percentage_points", "index")
MEASURED = (*SHARES, "yuan", "mu", "tonnes", "kilometres", "kilograms_per_mu")
# Shares of targets with an amount that are met or nearly met; the others are missed.
MET_SHARE, NEARLY_MET_SHARE = 0.72, 0.18
SHRINKING_SHARE = 0.15
# Usual values by unit, for targets without an amount.
LEVELS = {"pct": 70.0, "ratio": 2.5, "yuan": 2.0e7, "persons": 3000.0, "person_times": 9000.0}
OTHER_LEVEL = 40.0
GOVERNMENT_OFFICE = "政府办公室"


@dataclass(frozen=True)
class ReportedTarget:
    """A target as an office reports it; `chance` are two random numbers between 0 and 1."""

    target_id: str
    region_code: str
    unit: str
    office: str
    periodicity: str
    comparator: str
    value: float | None
    value_high: float | None
    starts_on: dt.date
    ends_on: dt.date
    chance: tuple[float, float]

    def is_in_force(self, day: dt.date) -> bool:
        """Return whether the target is in force on the day."""
        return self.starts_on <= day <= self.ends_on

    def value_on(self, day: dt.date) -> float:
        """Return the value that the office reports for the period that ends on the day."""
        if self.value is None or self.comparator in ("growth", "trend", "relative"):
            return self._level(day)
        if self.comparator == "<=":
            return self.value * (2.03 - self._reached_share())
        if self.comparator == "between":
            return (self.value + (self.value_high or self.value)) / 2 * self._reached_share()
        if self.comparator == "=":
            return self.value if self._reached_share() >= 1 else self.value + 1
        return self._reached(self.value, day)

    def _reached_share(self) -> float:
        """Return the share of the promised value that is reached at the end."""
        outcome, degree = self.chance
        if outcome < MET_SHARE:
            return 1 + 0.06 * degree
        return (
            0.92 + 0.07 * degree if outcome < MET_SHARE + NEARLY_MET_SHARE else 0.6 + 0.3 * degree
        )

    def _reached(self, value: float, day: dt.date) -> float:
        """Return the value reached on the day: sums grow with time, shares less."""
        reached_share = self._reached_share()
        if self.unit in SHARES:
            reached = value * min(reached_share, 1.02) * (0.94 + 0.06 * self._progress(day))
            return min(reached, 100.0) if self.unit == "pct" and value <= 100 else reached
        if self.periodicity == "by_end":
            return self._counted(value * reached_share * (0.55 + 0.45 * self._progress(day)))
        return self._counted(value * reached_share * self._progress(day))

    def _counted(self, amount: float) -> float:
        """Round the amount unless its unit is a measured one."""
        return float(round(amount)) if self.unit not in MEASURED else amount

    def _progress(self, day: dt.date) -> float:
        """Return the share of the year, or of the plan, that has passed."""
        if self.periodicity == "annual":
            return day.month / 12
        if self.periodicity in ("monthly", "continuous"):
            return 1.0
        passed = (day - self.starts_on).days / max((self.ends_on - self.starts_on).days, 1)
        return min(1.0, max(0.05, passed))

    def _level(self, day: dt.date) -> float:
        """Return a level that rises or falls from year to year."""
        outcome, degree = self.chance
        start = LEVELS.get(self.unit, OTHER_LEVEL) * (0.7 + 0.5 * degree)
        rate = -0.04 if outcome < SHRINKING_SHARE else 0.02 + 0.12 * degree
        years = (day - self.starts_on).days / 365
        level = float(start * (1 + rate) ** years)
        return min(level, 99.5) if self.unit == "pct" else self._counted(level)


def read_reported_targets(region_code: str, seed: int) -> list[ReportedTarget]:
    """Read the targets of a region's plans that offices report, in the order of the file."""
    return [
        _reported_target(target, seed)
        for target in load_targets().values()
        if target.is_reported and target.region_code.startswith(region_code)
    ]


def _reported_target(target: Target, seed: int) -> ReportedTarget:
    """Create a target. Its random numbers depend on its id, not on its row in the file."""
    drawn = np.random.default_rng([seed, zlib.crc32(target.target_id.encode())]).random(2)
    return ReportedTarget(
        target_id=target.target_id,
        region_code=target.region_code,
        unit=target.unit,
        office=_office(target.owner),
        periodicity=target.periodicity,
        comparator=target.comparator,
        value=None if target.value is None else float(target.value),
        value_high=None if target.value_high is None else float(target.value_high),
        starts_on=target.starts_on,
        ends_on=target.ends_on,
        chance=(float(drawn[0]), float(drawn[1])),
    )


def _office(owner: str) -> str:
    """Return the office that reports. The government's office for a person or a company."""
    is_office = re.search(str(load_contract("reported_figure").column("office").pattern), owner)
    return owner if is_office else GOVERNMENT_OFFICE
