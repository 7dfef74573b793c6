"""Contributions due: by employers for insured staff, by residents for a year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.areas.clock import (
    NO_DAY,
    Booleans,
    Calendar,
    Integers,
    day_number,
    first_days,
    month_number,
)
from simulator.areas.employers import NO_EMPLOYER
from simulator.areas.population import Population
from simulator.profiles.profile import Profile
from simulator.streams.social_insurance.profile import InsuranceProfile

PENSION, UNEMPLOYMENT, INJURY, MEDICAL, CARE, RESIDENT = range(6)
TYPES: list[str | None] = [
    "employee_pension", "unemployment", "work_injury", "employee_medical", "long_term_care",
    "resident_pension",
]  # fmt: skip
DUE_DAY = 25  # of the month, for monthly contributions
YEARLY_DUE = (3, 31)
MIN_BASE_FEN = 360_000
INJURY_RATE, CARE_FEN = 0.009, 10_000
YEAR = 12


@dataclass
class Dues:
    """Contributions due, as columns; amounts in fen, months since January 1970."""

    person: Integers
    insurance: Integers
    month: Integers
    months: Integers
    employer: Integers
    base_fen: Integers
    due_fen: Integers
    due_day: Integers
    is_migrant_work: Booleans


class Insured:
    """Spells of employment, and which of them are insured."""

    def __init__(
        self,
        spells: pl.DataFrame,
        residents: int,
        profile: Profile,
        calendar: Calendar,
        rng: np.random.Generator,
    ) -> None:
        self.profile, self.calendar = profile, calendar
        self.columns = {
            name: spells[name].to_numpy()
            for name in ("person", "job", "employer", "effective_day", "end_day")
        }
        jobs = list(profile.jobs.values())
        job = self.columns["job"].astype(np.int64)
        share = np.array([*(kind.insured * kind.insured_share for kind in jobs), 0.0])
        # A multiplicative hash of the employer's number: an employer insures all its staff or none.
        self.is_insured = self.columns["employer"] * 6007 % 1000 < share[job] * 1000
        self.is_builder = job == list(profile.jobs).index("construction")
        migrant = np.array([*(kind.is_migrant_work for kind in jobs), False])
        self.is_migrant_work = migrant[job]
        pay_fen = np.array([*(kind.wage_fen for kind in jobs), 0])[job]
        standing = 1 + 0.2 * np.clip(rng.normal(0, 1, residents), -2, 3)
        base = pay_fen * standing[self.columns["person"]]
        self.base_fen = np.maximum(np.rint(base / 100).astype(np.int64) * 100, MIN_BASE_FEN)

    def ever_insured(self) -> Integers:
        """Return the persons with an insured post at any time."""
        return np.unique(self.columns["person"][self.is_insured])

    def monthly(self) -> list[Dues]:
        """Return pension and unemployment contributions (the latter not of civil servants)."""
        insurance = self.profile.part(InsuranceProfile)
        is_civil_servant = self.columns["job"] == list(self.profile.jobs).index("civil_servant")
        result = []
        for index in range(self.calendar.months):
            month = month_number(self.calendar.start) + index
            day = int(first_days(month + 1)) - 1
            is_due = self._active_on(day) & self.is_insured
            due = int(first_days(month)) + DUE_DAY - 1
            result.append(
                self._dues(is_due, PENSION, month, 1, insurance.employee_pension_rate, due)
            )
            is_due &= ~is_civil_servant
            rate = insurance.unemployment_rate
            result.append(self._dues(is_due, UNEMPLOYMENT, month, 1, rate, due))
        return result

    def yearly(self) -> list[Dues]:
        """Return contributions for work injury (sites, firms), medical and long-term care."""
        insurance = self.profile.part(InsuranceProfile)
        result = []
        is_public = self.columns["job"] <= list(self.profile.jobs).index("teacher")
        for year in range(self.calendar.start.year, self.calendar.end.year + 1):
            month = month_number(dt.date(year, 1, 1))
            due = day_number(dt.date(year, *YEARLY_DUE))
            day = max(day_number(dt.date(year, 1, 31)), self.calendar.first_day(0))
            is_due = self._active_on(day)
            insured, rate = is_due & self.is_insured, insurance.employee_medical_rate
            covered = is_due & (self.is_builder | (self.is_insured & ~is_public))
            result.append(self._dues(covered, INJURY, month, YEAR, INJURY_RATE, due))
            if rate:
                result.append(self._dues(insured, MEDICAL, month, YEAR, rate, due))
            if dt.date(year, 1, 1) >= insurance.long_term_care_from:
                care = self._dues(insured & is_public, CARE, month, YEAR, 0.0, due)
                care.due_fen[:] = CARE_FEN
                result.append(care)
        return result

    def _active_on(self, day: int) -> Booleans:
        end = self.columns["end_day"]
        begun = self.columns["effective_day"] <= day
        return np.asarray(begun & ((end == NO_DAY) | (end >= day)))

    def _dues(
        self,
        is_due: Booleans,
        insurance: int,
        month: int,
        months: int,
        rate: float,
        due_day: int,
    ) -> Dues:
        base = self.base_fen[is_due]
        due = np.rint(base * rate * months).astype(np.int64)
        return uniform_dues(
            self.columns["person"][is_due], insurance, month, months,
            self.columns["employer"][is_due], base, due, due_day, self.is_migrant_work[is_due],
        )  # fmt: skip


def uniform_dues(
    person: Integers,
    insurance: int,
    month: int,
    months: int,
    employer: Integers,
    base_fen: Integers,
    due_fen: Integers,
    due_day: int,
    is_migrant_work: Booleans,
) -> Dues:
    """Return contributions of one insurance, period and due day."""

    def full(value: int) -> Integers:
        return np.full(len(person), value, dtype=np.int64)

    return Dues(
        person=person,
        insurance=full(insurance),
        month=full(month),
        months=full(months),
        employer=employer,
        base_fen=base_fen,
        due_fen=due_fen,
        due_day=full(due_day),
        is_migrant_work=is_migrant_work,
    )


def resident_dues(
    insured: Integers,
    people: Population,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> list[Dues]:
    """Return the yearly resident pension contributions; more residents pay each year."""
    insurance = profile.part(InsuranceProfile)
    able = (people.age >= 16) & (people.age < 58)
    able[insured] = False
    candidates = rng.permutation(np.flatnonzero(able))
    shares = np.array(insurance.resident_tier_shares)
    tier = np.array(insurance.resident_tiers_fen)[rng.choice(len(shares), len(people), p=shares)]
    needy = people.is_low_income | people.is_severely_disabled
    due_fen = np.where(needy, insurance.government_paid_fen, tier)
    result = []
    for index, year in enumerate(range(calendar.start.year, calendar.end.year + 1)):
        growth = 1 + insurance.resident_contributor_growth * index
        person = candidates[: int(insurance.resident_contributors * growth)]
        due_day = day_number(dt.date(year, *insurance.resident_collection_ends))
        no_employer = np.full(len(person), NO_EMPLOYER, dtype=np.int64)
        month = month_number(dt.date(year, 1, 1))
        zero = np.zeros(len(person), dtype=np.int64)
        due = due_fen[person]
        result.append(
            uniform_dues(person, RESIDENT, month, YEAR, no_employer, zero, due, due_day, zero > 0)
        )
    return result
