"""The labour-force register: the current state of every member, and a ledger of all spells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from simulator.areas.clock import NO_DAY, Booleans, Integers
from simulator.areas.employers import Employers
from simulator.areas.population import Population
from simulator.profiles.profile import Profile

EMPLOYED, UNEMPLOYED, OUTSIDE = 0, 1, 2
NOT_YET = -1
NO_JOB = -1
JUNIOR_SKILL = 1


@dataclass
class Ledger:
    """All spells in the order in which they begin. The index of a spell identifies it."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    ends: list[tuple[Integers, Integers]] = field(default_factory=list)
    count: int = 0

    def frame(self, rng: np.random.Generator, reported_share: float) -> pl.DataFrame:
        """Return one row per spell: person, number, status, job, effective_day, …, end_day.

        `end_day` is `NO_DAY` while the spell lasts. `is_end_reported` is whether the register is
        informed of the end.
        """
        columns = {
            name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]
        }
        end_day = np.full(self.count, NO_DAY, dtype=np.int64)
        for spells, days in self.ends:
            end_day[spells] = days
        is_reported = (end_day != NO_DAY) & (rng.random(self.count) < reported_share)
        return pl.DataFrame({**columns, "end_day": end_day, "is_end_reported": is_reported})


class Register:
    """State of every resident, in columns; `NOT_YET` for those who are not members."""

    def __init__(
        self,
        profile: Profile,
        people: Population,
        employers: Employers,
        rng: np.random.Generator,
    ) -> None:
        self.profile, self.people = profile, people
        self.employers, self.rng = employers, rng
        self.jobs = list(profile.jobs.values())
        self.kinds = list(profile.jobs)
        size = len(people)
        self.status = np.full(size, NOT_YET, dtype=np.int8)
        self.job = np.full(size, NO_JOB, dtype=np.int64)
        self.spell = np.full(size, -1, dtype=np.int64)
        self.since_day = np.full(size, NO_DAY, dtype=np.int64)
        self.number = np.zeros(size, dtype=np.int64)
        self.skill = people.skill.copy()
        self.ledger = Ledger()

    def members(self, status: int, before_day: int) -> Integers:
        """Return the persons who have been in a state since before a day."""
        return np.flatnonzero((self.status == status) & (self.since_day < before_day))

    def earners(self, employed: Integers | None = None) -> Integers:
        """Count the employed members of each household."""
        if employed is None:
            employed = np.flatnonzero(self.status == EMPLOYED)
        household = self.people.household
        return np.bincount(household[employed], minlength=int(household[-1]) + 1)

    def move(self, persons: Integers, status: int, job: Integers | None, days: Integers) -> None:
        """Close the current spells on `days` and begin the next ones the day after."""
        self.ledger.ends.append((self.spell[persons], days))
        self.begin(persons, status, job, days + 1)

    def begin(self, persons: Integers, status: int, job: Integers | None, days: Integers) -> None:
        """Add new spells to the ledger and set them as current."""
        count = len(persons)
        kinds = np.full(count, NO_JOB, dtype=np.int64) if job is None else job
        self._upgrade(persons)
        self.number[persons] += 1
        self.status[persons] = status
        self.job[persons] = kinds
        self.since_day[persons] = days
        self.spell[persons] = np.arange(self.ledger.count, self.ledger.count + count)
        self.ledger.count += count
        self.ledger.parts.append(
            {
                "person": persons,
                "number": self.number[persons],
                "status": np.full(count, status, dtype=np.int8),
                "job": kinds,
                "skill": self.skill[persons].astype(np.int8),
                "effective_day": days,
                **self._post(kinds, self.number[persons] == 1),
            }
        )

    def _upgrade(self, persons: Integers) -> None:
        """Give a skill level to some who had none in their previous spell."""
        share = self.profile.population.new_spell_skill_upgrade_share
        gains = (self.number[persons] > 0) & (self.skill[persons] == 0)
        gains &= self.rng.random(len(persons)) < share
        self.skill[persons[gains]] = JUNIOR_SKILL + (self.rng.random(int(gains.sum())) < 0.3)

    def _post(self, kinds: Integers, is_first: Booleans) -> dict[str, Any]:
        """Draw employer, channel and place of work of posts of the given kinds."""
        has_job = kinds != NO_JOB
        index = np.where(has_job, kinds, 0)
        at_start = np.array([job.organised_at_start for job in self.jobs])[index]
        when_hired = np.array([job.organised_when_hired for job in self.jobs])[index]
        urban = np.array([job.urban_post_share for job in self.jobs])[index]
        away = np.array([job.workplace == "away" for job in self.jobs])[index]
        draw = self.rng.random((2, len(kinds)))
        employer = self.employers.draw(kinds, self.rng)
        is_near = self.employers.is_in_province[employer]
        return {
            "employer": employer,
            "is_organised": has_job & (draw[0] < np.where(is_first, at_start, when_hired)),
            "is_urban_post": has_job & (draw[1] < urban),
            "scope": np.where(away & has_job, np.where(is_near, 1, 2), 0).astype(np.int8),
        }
