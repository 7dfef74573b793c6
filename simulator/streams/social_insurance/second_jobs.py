"""Second jobs: holders of public-welfare posts who are insured by a firm as well."""

from __future__ import annotations

import numpy as np

from simulator.areas.clock import NO_DAY, Calendar, Integers, first_days, month_number
from simulator.areas.employers import Employers
from simulator.profiles.profile import Profile
from simulator.streams.social_insurance.dues import (
    DUE_DAY,
    MIN_BASE_FEN,
    PENSION,
    Dues,
    Insured,
    uniform_dues,
)
from simulator.streams.social_insurance.profile import InsuranceProfile

# Months after the beginning of the post within which the firm begins to pay.
MAX_WAIT_MONTHS = 6


def second_job_dues(
    employed: Insured,
    employers: Employers,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> list[Dues]:
    """Return pension contributions by firms for a share of the posts, while these last."""
    kinds = list(profile.jobs)
    columns = employed.columns
    # Those insured through the post have one contribution a month and no second one.
    posts = np.flatnonzero((columns["job"] == kinds.index("public_welfare")) & ~employed.is_insured)
    posts = posts[rng.random(len(posts)) < profile.careers.second_job_share]
    firms = np.full(len(posts), kinds.index("local_enterprise"), dtype=np.int64)
    employer = employers.draw(firms, rng)
    begun = columns["effective_day"][posts] + 31 * rng.integers(1, MAX_WAIT_MONTHS, len(posts))
    end = np.where(columns["end_day"] == NO_DAY, calendar.end_day + 31, columns["end_day"])[posts]
    result = []
    for index in range(calendar.months):
        month = month_number(calendar.start) + index
        first, last = int(first_days(month)), int(first_days(month + 1)) - 1
        paid = (begun <= first) & (end >= last)
        result.append(_dues(columns["person"][posts][paid], employer[paid], month, profile))
    return result


def _dues(person: Integers, employer: Integers, month: int, profile: Profile) -> Dues:
    """Return pension contributions on the lowest base for one month."""
    base = np.full(len(person), MIN_BASE_FEN, dtype=np.int64)
    due = np.rint(base * profile.part(InsuranceProfile).employee_pension_rate).astype(np.int64)
    due_day = int(first_days(month)) + DUE_DAY - 1
    return uniform_dues(
        person,
        PENSION,
        month,
        1,
        employer,
        base,
        due,
        due_day,
        np.ones(len(person), dtype=np.bool_),
    )
