"""Working lives: posts that begin and end month by month, and unemployment in between."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.areas.clock import Booleans, Calendar, Integers, Numbers, month_number
from simulator.areas.population import turns_sixty
from simulator.areas.register import EMPLOYED, NO_JOB, OUTSIDE, UNEMPLOYED, Register

ENTRANT_EMPLOYED_SHARE = 0.85
RETIREMENT_RATE = 0.5
MAX_TENURE_DAYS = 9000
INITIAL_EXCEPTION_SHARE = 0.02


class Careers:
    """Simulation of the register, month by month."""

    def __init__(self, register: Register, calendar: Calendar) -> None:
        self.register, self.calendar = register, calendar
        self.profile, self.people, self.rng = register.profile, register.people, register.rng
        jobs = register.jobs
        self.leave_rate = np.array([job.leave_rate for job in jobs])
        volume = self.leave_rate * np.array([job.persons for job in jobs])
        self.hire_share = volume / volume.sum()
        self.sixty = turns_sixty(self.people) - month_number(calendar.start)

    def run(self) -> pl.DataFrame:
        """Run all months and return the spells; see `Ledger.frame`."""
        self._open()
        for month in range(self.calendar.months):
            self._join(month)
            self._leave(month)
            self._find(month)
            self._return(month)
        share = self.profile.careers.closing_reported_share
        return self.register.ledger.frame(self.rng, share)

    def _open(self) -> None:
        """Begin the spells that were running when the register was opened."""
        members = self.rng.permutation(np.flatnonzero(self.people.entry_month == 0))
        shares = self.profile.population
        outside, labour_force = np.split(members, [shares.outside_labour_force_persons])
        unemployed, employed = np.split(labour_force, [shares.unemployed_persons])
        job = np.full(len(self.people), NO_JOB, dtype=np.int64)
        job[employed] = self._first_jobs(employed)
        has_no_earner = self.register.earners(employed)[self.people.household[unemployed]] == 0
        rescued = has_no_earner & (self.rng.random(len(unemployed)) >= INITIAL_EXCEPTION_SHARE)
        job[unemployed[rescued]] = self.register.kinds.index("flexible")
        employed, unemployed = np.concatenate([employed, unemployed[rescued]]), unemployed[~rescued]
        start = self.calendar.first_day(0)
        tenure = (self.rng.exponential(900, len(self.people)) + 1).astype(np.int64)
        start_day = start - np.minimum(tenure, MAX_TENURE_DAYS)
        self.register.begin(employed, EMPLOYED, job[employed], start_day[employed])
        self.register.begin(unemployed, UNEMPLOYED, None, start - 1 - tenure[unemployed] % 270)
        self.register.begin(outside, OUTSIDE, None, start_day[outside])

    def _first_jobs(self, members: Integers) -> Integers:
        """Return kinds of job for those employed at the start, in exact numbers by preference.

        Weighted sampling without replacement (Efraimidis and Spirakis 2006): the persons with the
        smallest exponential variates at the rate of their weight.
        """
        job = np.full(len(members), self.register.kinds.index("flexible"), dtype=np.int64)
        is_open = np.ones(len(members), dtype=np.bool_)
        for kind, description in enumerate(self.register.jobs):
            pool = np.flatnonzero(is_open)
            score = -np.log(self.rng.random(len(pool))) / self._preference(members[pool], kind)
            chosen = pool[np.argsort(score, kind="stable")[: description.persons]]
            job[chosen] = kind
            is_open[chosen] = False
        return job

    def _preference(self, persons: Integers, kind: int) -> Numbers:
        """Return how much likelier than others each person is to hold this kind of job."""
        job, people = self.register.jobs[kind], self.people
        needy = people.is_low_income | people.is_monitored | people.is_exited_poverty
        weight = np.where(people.is_urban[persons], job.urban_preference, 1.0)
        weight = weight * np.where(needy[persons], job.hardship_preference, 1.0)
        graduate = people.graduation_year[persons] > 0
        return np.asarray(weight * np.where(graduate, job.graduate_preference, 1.0))

    def _join(self, month: int) -> None:
        """Enter the entrants and graduates of the month, employed or unemployed."""
        if month == 0:
            return
        members = np.flatnonzero(self.people.entry_month == month)
        graduate = self.people.graduation_year[members] > 0
        at_entry = self.profile.population.graduate_employed_at_entry
        share = np.where(graduate, at_entry, ENTRANT_EMPLOYED_SHARE)
        hired = self.register.earners()[self.people.household[members]] == 0
        hired |= self.rng.random(len(members)) < share
        days = self._days(month, len(members))
        job = self._draw_jobs(int(hired.sum()))
        self.register.begin(members[hired], EMPLOYED, job, days[hired])
        self.register.begin(members[~hired], UNEMPLOYED, None, days[~hired])

    def _leave(self, month: int) -> None:
        """Terminate posts: into another post, into unemployment, or out of the labour force."""
        careers, rng = self.profile.careers, self.rng
        employed = self.register.members(EMPLOYED, self.calendar.first_day(month))
        season = careers.season_by_month[self.calendar.calendar_month(month) - 1]
        leaves = rng.random(len(employed)) < self.leave_rate[self.register.job[employed]] * season
        retires = (self.sixty[employed] <= month) & (rng.random(len(employed)) < RETIREMENT_RATE)
        leavers = employed[leaves | retires]
        days = self._days(month, len(leavers))
        retires = self.sixty[leavers] <= month
        changes = ~retires & (rng.random(len(leavers)) < careers.direct_change_share)
        changes |= ~retires & self._is_last_earner(leavers, changes)
        outside = rng.random(len(leavers)) < careers.leaving_labour_force_share
        outside = retires | (~changes & outside)
        lost = ~changes & ~outside
        self._change(leavers[changes], days[changes])
        self.register.move(leavers[outside], OUTSIDE, None, days[outside])
        self.register.move(leavers[lost], UNEMPLOYED, None, days[lost])

    def _is_last_earner(self, leavers: Integers, changes: Booleans) -> Booleans:
        """Select leavers whose household would earn nothing, except a few (no help in time)."""
        household = self.people.household
        lost = np.bincount(household[leavers[~changes]], minlength=int(household[-1]) + 1)
        earns_nothing = (self.register.earners() - lost)[household[leavers]] <= 0
        exception = self.profile.careers.zero_household_exception_share
        return np.asarray(earns_nothing & (self.rng.random(len(leavers)) >= exception))

    def _change(self, persons: Integers, days: Integers) -> None:
        """Begin another post the day after; most persons stay in their kind of work."""
        stays = self.rng.random(len(persons)) < self.profile.careers.same_kind_share
        job = np.where(stays, self.register.job[persons], self._draw_jobs(len(persons)))
        self.register.move(persons, EMPLOYED, job, days)

    def _find(self, month: int) -> None:
        """Employ some of the unemployed; households without earners have the best chance."""
        careers, rng = self.profile.careers, self.rng
        unemployed = self.register.members(UNEMPLOYED, self.calendar.first_day(month))
        has_no_earner = self.register.earners()[self.people.household[unemployed]] == 0
        graduate = self.people.graduation_year[unemployed] > 0
        rate = np.where(graduate, careers.graduate_job_finding_rate, careers.job_finding_rate)
        rate = np.where(has_no_earner, careers.zero_household_job_finding_rate, rate)
        job = self._draw_jobs(len(unemployed))
        rescued = rng.random(len(unemployed)) < careers.public_welfare_share_of_rescues
        job[has_no_earner & rescued] = self.register.kinds.index("public_welfare")
        is_hired = rng.random(len(unemployed)) < rate
        days = self._days(month, int(is_hired.sum()))
        self.register.move(unemployed[is_hired], EMPLOYED, job[is_hired], days)

    def _return(self, month: int) -> None:
        """Return some of those outside the labour force to unemployment."""
        idle = self.register.members(OUTSIDE, self.calendar.first_day(month))
        idle = idle[self.sixty[idle] > month]
        has_no_earner = self.register.earners()[self.people.household[idle]] == 0
        returns = ~has_no_earner & (self.rng.random(len(idle)) < self.profile.careers.reentry_rate)
        self.register.move(idle[returns], UNEMPLOYED, None, self._days(month, int(returns.sum())))

    def _draw_jobs(self, count: int) -> Integers:
        return self.rng.choice(len(self.hire_share), count, p=self.hire_share)

    def _days(self, month: int, count: int) -> Integers:
        """Draw days of a month on which a spell may end: never the last."""
        first = self.calendar.first_day(month)
        return self.rng.integers(first, self.calendar.last_day(month), count)
