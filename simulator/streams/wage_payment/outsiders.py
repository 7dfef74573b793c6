"""Construction workers of other counties: on payrolls, but not on the area's register."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from simulator.areas.clock import NO_DAY, Calendar, day_number
from simulator.areas.employers import Employers
from simulator.areas.identifiers import identity_numbers
from simulator.profiles.profile import Profile
from simulator.streams.wage_payment.profile import WagesProfile

RURAL_SHARE, EXITED_POVERTY_SHARE, RELOCATED_SHARE = 0.88, 0.10, 0.03
MIN_STAY_DAYS, MAX_STAY_DAYS = 90, 420


def outside_workers(profile: Profile, rng: np.random.Generator) -> pl.DataFrame:
    """Return one row per worker, with the columns of `residents_table` that wages need."""
    count, neighbours = profile.part(WagesProfile).outside_workers, profile.neighbour_counties
    first = day_number(dt.date(1966, 1, 1))
    birth = rng.integers(first, day_number(dt.date(2003, 1, 1)), count).astype("datetime64[D]")
    regions = np.array(neighbours)[rng.integers(0, len(neighbours), count)]
    residences = pl.Series(["urban", "rural"])
    return pl.DataFrame(
        {
            "identity_number": identity_numbers(regions.astype(np.int64), birth),
            "township_code": pl.Series([profile.townships[0].code]).gather([0] * count),
            "residence": residences.gather((rng.random(count) < RURAL_SHARE).astype(np.int64)),
            "is_exited_poverty": rng.random(count) < EXITED_POVERTY_SHARE,
            "is_relocated": rng.random(count) < RELOCATED_SHARE,
        }
    )


def outside_spells(
    residents: int,
    profile: Profile,
    calendar: Calendar,
    employers: Employers,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return their posts: the columns of the ledger that payrolls need.

    Their person numbers follow those of the residents.
    """
    count = profile.part(WagesProfile).outside_workers
    kind = list(profile.jobs).index("construction")
    start = calendar.first_day(0)
    begun = rng.integers(start - MAX_STAY_DAYS, calendar.end_day, count)
    ended = begun + rng.integers(MIN_STAY_DAYS, MAX_STAY_DAYS, count)
    kinds = np.full(count, kind, dtype=np.int64)
    return pl.DataFrame(
        {
            "person": residents + np.arange(count),
            "job": kinds,
            "employer": employers.draw(kinds, rng),
            "effective_day": begun,
            "end_day": np.where(ended > calendar.end_day, NO_DAY, ended),
        }
    )
