"""Employers of the area, and of the cities in which its people work."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.areas.clock import Integers
from simulator.areas.identifiers import employer_code
from simulator.profiles.profile import Profile

NO_EMPLOYER = -1


class Employers:
    """One block of employers for each kind of job, in the order of the profile."""

    def __init__(self, profile: Profile) -> None:
        jobs = list(profile.jobs.values())
        self.counts = np.array([job.employers for job in jobs])
        self.first = np.r_[0, np.cumsum(self.counts)[:-1]]
        codes: list[str] = []
        for job, first in zip(jobs, self.first, strict=True):
            regions = profile.away_regions if job.workplace == "away" else (profile.county_code,)
            codes += [
                employer_code(regions[index % len(regions)], int(first) + index)
                for index in range(job.employers)
            ]
        self.codes = pl.Series("employer_code", codes, dtype=pl.String)
        province = profile.county_code[:2]
        self.is_in_province = np.array([code[2:4] == province for code in codes] + [True])

    def draw(self, kinds: Integers, rng: np.random.Generator) -> Integers:
        """Draw an employer for each kind of job; `NO_EMPLOYER` if there is no job or no employer.

        Low numbers are drawn more often: a few employers are large.
        """
        index = np.where(kinds >= 0, kinds, 0)
        drawn = (rng.random(len(kinds)) ** 1.7 * self.counts[index]).astype(np.int64)
        has_employer = (kinds >= 0) & (self.counts[index] > 0)
        return np.where(has_employer, self.first[index] + drawn, NO_EMPLOYER)

    def code_of(self, employers: Integers) -> pl.Series:
        """Return the unified social credit code of each employer, null for `NO_EMPLOYER`."""
        return self.codes.gather(pl.Series(employers).replace(NO_EMPLOYER, None)).alias(
            "employer_code"
        )
