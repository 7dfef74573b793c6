"""Insured people whose employers are not simulated."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from simulator.areas.clock import Calendar, day_number, month_number
from simulator.areas.employers import NO_EMPLOYER
from simulator.areas.identifiers import identity_numbers
from simulator.profiles.profile import Profile
from simulator.streams.social_insurance.dues import (
    INJURY,
    INJURY_RATE,
    MIN_BASE_FEN,
    UNEMPLOYMENT,
    YEAR,
    YEARLY_DUE,
    Dues,
    uniform_dues,
)
from simulator.streams.social_insurance.profile import InsuranceProfile

RURAL_SHARE = 0.45
OLDEST, YOUNGEST = dt.date(1960, 1, 1), dt.date(1999, 1, 1)


def stock_size(insurance: InsuranceProfile) -> int:
    """Return the number of such people: the largest stock of any insurance and year."""
    return max(*insurance.unemployment_stock, *insurance.work_injury_stock)


def stock_people(table: pl.DataFrame, profile: Profile, rng: np.random.Generator) -> pl.DataFrame:
    """Return one row per person with the columns of the residents; traits are false or null."""
    count = stock_size(profile.part(InsuranceProfile))
    # The region of birth differs, so that no resident has the same number.
    region = int(profile.away_regions[0])
    days = rng.integers(day_number(OLDEST), day_number(YOUNGEST), count).astype("datetime64[D]")
    weights = np.array([township.weight for township in profile.townships])
    township = rng.choice(len(weights), count, p=weights / weights.sum())
    codes = pl.Series([township.code for township in profile.townships], dtype=pl.String)
    is_rural = rng.random(count) < RURAL_SHARE
    people = pl.DataFrame(
        {
            "identity_number": identity_numbers(np.full(count, region, dtype=np.int64), days),
            "household_number": pl.Series(np.arange(count)).cast(pl.String),
            "township_code": codes.gather(township),
            "residence": pl.Series(["urban", "rural"]).gather(is_rural.astype(np.int64)),
            "birth_year": pl.Series(days.astype("datetime64[Y]").astype(np.int64) + 1970),
        }
    ).with_columns(household_number=f"H{region}" + pl.col("household_number").str.zfill(7))
    return people.select(
        (
            pl.col(name)
            if name in people.columns
            else pl.lit(False if type_ == pl.Boolean() else None, type_).alias(name)
        ).cast(type_)
        for name, type_ in table.schema.items()
    )


def stock_dues(first_person: int, profile: Profile, calendar: Calendar) -> list[Dues]:
    """Return yearly contributions of more people each year, numbered after the residents."""
    insurance = profile.part(InsuranceProfile)
    result: list[Dues] = []
    for type_, rate, (first, last) in (
        (UNEMPLOYMENT, insurance.unemployment_rate, insurance.unemployment_stock),
        (INJURY, INJURY_RATE, insurance.work_injury_stock),
    ):
        years = range(calendar.start.year, calendar.end.year + 1)
        for year, count in zip(years, np.linspace(first, last, len(years)), strict=True):
            person = first_person + np.arange(round(float(count)))
            result.append(
                uniform_dues(
                    person,
                    type_,
                    month_number(dt.date(year, 1, 1)),
                    YEAR,
                    np.full(len(person), NO_EMPLOYER, dtype=np.int64),
                    np.full(len(person), MIN_BASE_FEN, dtype=np.int64),
                    np.full(len(person), round(MIN_BASE_FEN * rate * YEAR), dtype=np.int64),
                    day_number(dt.date(year, *YEARLY_DUE)),
                    np.ones(len(person), dtype=np.bool_),
                )
            )
    return result
