"""The people of an area: households with shared traits, persons, and the register's members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulator.areas.clock import Booleans, Calendar, Integers, dates, months_of
from simulator.areas.identifiers import identity_numbers
from simulator.profiles.profile import Profile

NEVER = -1
OLDEST = 97
WORKING_AGE = (17, 59)
GRADUATE_AGE = (21, 24)
GRADUATION_MONTH = 7


@dataclass
class Population:
    """Persons as columns of equal length; members of a household have an equal `household`."""

    identity_number: pl.Series
    household_number: pl.Series  # of each person
    household: Integers  # index of each person's household
    township: Integers  # index into the profile's townships
    birth_day: NDArray[Any]  # datetime64[D]
    age: Integers  # full years at the start
    is_urban: Booleans
    is_exited_poverty: Booleans
    is_relocated: Booleans
    is_monitored: Booleans
    is_low_income: Booleans
    is_disabled: Booleans
    is_severely_disabled: Booleans
    is_veteran: Booleans
    is_hardship: Booleans
    graduation_year: Integers  # 0 for those who are not recent graduates
    skill: Integers  # 0 none … 5 senior technician
    entry_month: Integers  # month of joining the register, 0 at the start, NEVER

    def __len__(self) -> int:
        return len(self.household)


def create_population(profile: Profile, calendar: Calendar, rng: np.random.Generator) -> Population:
    """Create households with shared traits and persons until the residents are complete."""
    household = _households(profile, rng)
    count = len(household)
    age, birth_day = _ages(household, calendar, rng)
    traits = _household_traits(profile, int(household[-1]) + 1, rng)
    shares = profile.population
    is_disabled = rng.random(count) < shares.disabled_share
    people = Population(
        identity_number=identity_numbers(
            _counties(profile)[traits["township"]][household], birth_day
        ),
        household_number=_household_numbers(profile, household),
        household=household,
        birth_day=birth_day,
        age=age,
        is_disabled=is_disabled,
        is_severely_disabled=is_disabled & (rng.random(count) < shares.severe_share_of_disabled),
        is_veteran=(age >= 20) & (rng.random(count) < shares.veteran_share),
        is_hardship=(age >= 20) & (rng.random(count) < shares.hardship_share),
        graduation_year=np.zeros(count, dtype=np.int64),
        skill=rng.choice(6, count, p=np.array(shares.skill_shares)),
        entry_month=np.full(count, NEVER, dtype=np.int64),
        **{name: values[household] for name, values in traits.items()},
    )
    _add_graduates(people, profile, calendar, rng)
    _register(people, profile, calendar, rng)
    return people


def _counties(profile: Profile) -> Integers:
    """Return the county of each township. Its people were born there."""
    return np.array([int(township.code[:6]) for township in profile.townships], dtype=np.int64)


def _households(profile: Profile, rng: np.random.Generator) -> Integers:
    """Draw household sizes and return the household index of each person, in rising order."""
    shares = np.array(profile.population.household_size_shares)
    residents = profile.population.residents
    mean = float((shares * np.arange(1, len(shares) + 1)).sum() / shares.sum())
    sizes = rng.choice(len(shares), int(residents / mean * 1.1) + 20, p=shares / shares.sum()) + 1
    return np.repeat(np.arange(len(sizes)), sizes)[:residents].astype(np.int64)


def _household_numbers(profile: Profile, household: Integers) -> pl.Series:
    """Return the household number of each person."""
    names = pl.Series(household).cast(pl.String).str.zfill(7)
    return (pl.Series([f"H{profile.county_code}"]) + names).alias("household_number")


def _ages(
    household: Integers, calendar: Calendar, rng: np.random.Generator
) -> tuple[Integers, NDArray[Any]]:
    """Draw ages in full years and birth dates: a head, a spouse, then children or a parent."""
    count = len(household)
    heads = np.flatnonzero(np.r_[True, household[1:] != household[:-1]])
    position = np.arange(count) - np.repeat(heads, np.diff(np.r_[heads, count]))
    drawn = rng.normal(46, 12.5, len(heads))
    is_usual = (drawn >= 22) & (drawn <= 82)
    head_age = np.where(is_usual, drawn, rng.uniform(24, 70, len(heads)))[household]
    child = head_age - rng.normal(26, 4, count)
    parent = head_age + rng.normal(25, 3, count)
    is_parent = (position >= 2) & (head_age < 62) & (rng.random(count) < 0.22)
    years = np.select(
        [position == 0, position == 1, is_parent],
        [head_age, head_age + rng.normal(-1.5, 3, count), parent],
        np.where(child > 0, child, rng.uniform(0, 18, count)),
    )
    years = np.where(years > OLDEST, rng.uniform(75, OLDEST, count), years)
    start = np.datetime64(calendar.start, "D")
    birth_day = start - (np.maximum(years, 0) * 365.2425).astype(np.int64) - 1
    age = ((start - birth_day).astype(np.int64) / 365.2425).astype(np.int64)
    return age, birth_day


def _household_traits(
    profile: Profile, count: int, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Draw the township, residence and groups of each household."""
    shares = profile.population
    is_relocated = rng.random(count) < shares.relocated_household_share
    township = np.where(
        is_relocated,
        _choose_township(
            [township.relocation_weight for township in profile.townships], count, rng
        ),
        _choose_township([township.weight for township in profile.townships], count, rng),
    )
    is_urban = rng.random(count) < shares.urban_household_share
    exited = ~is_urban & (
        rng.random(count) * (1 - shares.urban_household_share)
        < shares.exited_poverty_household_share
    )
    monitored = np.where(
        exited, shares.monitored_share_of_exited_poverty, shares.monitored_share_of_others
    )
    low_income = np.where(
        exited, shares.low_income_share_of_exited_poverty, shares.low_income_share_of_others
    )
    return {
        "township": township,
        "is_urban": is_urban,
        "is_exited_poverty": exited,
        "is_relocated": is_relocated,
        "is_monitored": ~is_urban & (rng.random(count) < monitored),
        "is_low_income": rng.random(count) < low_income,
    }


def _choose_township(weights: list[float], count: int, rng: np.random.Generator) -> Integers:
    share = np.array(weights) / sum(weights)
    return rng.choice(len(weights), count, p=share).astype(np.int64)


def _add_graduates(
    people: Population, profile: Profile, calendar: Calendar, rng: np.random.Generator
) -> None:
    """Enter the class before the start in the register; later classes join in their July."""
    young = np.flatnonzero((people.age >= GRADUATE_AGE[0]) & (people.age <= GRADUATE_AGE[1]))
    years = range(calendar.start.year - 1, calendar.end.year + 1)
    class_size = profile.population.graduates_per_class
    chosen = rng.permutation(young)
    for position, year in enumerate(years):
        members = chosen[position * class_size : (position + 1) * class_size]
        joins = (year - calendar.start.year) * 12 + GRADUATION_MONTH - calendar.start.month
        if joins < calendar.months:
            people.graduation_year[members] = year
            people.entry_month[members] = max(joins, 0)


def _register(
    people: Population, profile: Profile, calendar: Calendar, rng: np.random.Generator
) -> None:
    """Choose who is on the register from the start and who joins later."""
    shares = profile.population
    able = (people.age >= WORKING_AGE[0]) & (people.age <= WORKING_AGE[1])
    able &= ~people.is_severely_disabled & (people.entry_month == NEVER)
    candidates = rng.permutation(np.flatnonzero(able))
    started = int((people.entry_month == 0).sum())
    first = max(shares.register_persons - started, 0)
    people.entry_month[candidates[:first]] = 0
    later = candidates[first : first + shares.entrants_per_month * (calendar.months - 1)]
    people.entry_month[later] = 1 + np.arange(len(later)) % max(calendar.months - 1, 1)


def turns_sixty(people: Population) -> Integers:
    """Return the month in which each person becomes sixty."""
    return months_of(people.birth_day.astype(np.int64)) + 60 * 12


def residents_table(people: Population, profile: Profile) -> pl.DataFrame:
    """Return one row per resident, by person, with the columns that several streams repeat."""
    codes = pl.Series([township.code for township in profile.townships])
    residences = pl.Series(["rural", "urban"])
    return pl.DataFrame(
        {
            "identity_number": people.identity_number,
            "household_number": people.household_number,
            "township_code": codes.gather(people.township),
            "residence": residences.gather(people.is_urban.astype("int64")),
            "birth_year": dates(people.birth_day.astype("int64")).dt.year(),
            "is_exited_poverty": people.is_exited_poverty,
            "is_relocated": people.is_relocated,
            "is_monitored": people.is_monitored,
            "is_low_income": people.is_low_income,
            "is_disabled": people.is_disabled,
            "is_severely_disabled": people.is_severely_disabled,
            "is_veteran": people.is_veteran,
            "is_hardship": people.is_hardship,
            "graduation_year": pl.Series(people.graduation_year).replace(0, None),
        }
    )
