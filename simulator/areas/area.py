"""A simulated area before its records: its people, its employers and their working lives."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.areas.careers import Careers
from simulator.areas.clock import Calendar
from simulator.areas.employers import Employers
from simulator.areas.population import Population, create_population, residents_table
from simulator.areas.register import Register
from simulator.profiles.profile import Profile


@dataclass(frozen=True)
class Area:
    """What the streams of an area have in common."""

    profile: Profile
    seed: int
    calendar: Calendar
    people: Population
    residents: pl.DataFrame  # one row per person, see `residents_table`
    employers: Employers
    spells: pl.DataFrame  # one row per spell of work or unemployment, see `Ledger.frame`

    def generator(self, part: str) -> np.random.Generator:
        """Return the random numbers of a part; see `generator`."""
        return generator(self.seed, part)


def generator(seed: int, part: str) -> np.random.Generator:
    """Return random numbers of one part, so that a change in one part does not affect others."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def simulate_area(profile: Profile, seed: int, calendar: Calendar) -> Area:
    """Create the people and employers of an area and run the months of the calendar."""
    people = create_population(profile, calendar, generator(seed, "population"))
    employers = Employers(profile)
    register = Register(profile, people, employers, generator(seed, "careers"))
    return Area(
        profile=profile,
        seed=seed,
        calendar=calendar,
        people=people,
        residents=residents_table(people, profile),
        employers=employers,
        spells=Careers(register, calendar).run(),
    )
