"""Offers of work that unemployed people refuse: each is counted in a revision of their spell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.areas.clock import NO_DAY, Booleans, Calendar, Integers

MOST_REFUSALS = 5
SHORTEST_DAYS, LONGEST_DAYS = 10, 30  # from one offer to the next


@dataclass
class Refusals:
    """One element a refusal: its spell, the how-manieth of the spell it is, and when."""

    spell: Integers
    number: Integers
    day: Integers


def make_refusals(
    is_unemployed: Booleans,
    recorded_day: Integers,
    end_day: Integers,
    calendar: Calendar,
    share: float,
    rng: np.random.Generator,
) -> Refusals:
    """Refusals of a share of the unemployed while their spells last; all columns are of spells."""
    count = len(recorded_day)
    refuses = is_unemployed & (rng.random(count) < share)
    wanted = np.where(refuses, rng.integers(1, MOST_REFUSALS + 1, count), 0)
    gaps = rng.integers(SHORTEST_DAYS, LONGEST_DAYS + 1, (count, MOST_REFUSALS))
    day = recorded_day[:, None] + np.cumsum(gaps, axis=1)
    number = np.arange(1, MOST_REFUSALS + 1)
    last_day = np.where(end_day == NO_DAY, calendar.end_day, np.minimum(end_day, calendar.end_day))
    is_made = (number <= wanted[:, None]) & (day <= last_day[:, None])
    spell, place = np.nonzero(is_made)
    return Refusals(spell, number[place], day[is_made])
