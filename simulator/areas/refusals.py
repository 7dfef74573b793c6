"""Offers of work that unemployed people refuse, each counted in a revision of their spell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.areas.clock import NO_DAY, Booleans, Calendar, Integers

MAX_REFUSALS = 5
MIN_DAYS, MAX_DAYS = 10, 30  # from one offer to the next


@dataclass
class Refusals:
    """Refusals as columns: index of the spell, number within the spell from 1, and day."""

    spell: Integers
    number: Integers
    day: Integers


def create_refusals(
    is_unemployed: Booleans,
    recorded_day: Integers,
    end_day: Integers,
    calendar: Calendar,
    share: float,
    rng: np.random.Generator,
) -> Refusals:
    """Draw refusals of a share of the unemployed during their spells, from columns of spells."""
    count = len(recorded_day)
    refuses = is_unemployed & (rng.random(count) < share)
    refused_count = np.where(refuses, rng.integers(1, MAX_REFUSALS + 1, count), 0)
    gaps = rng.integers(MIN_DAYS, MAX_DAYS + 1, (count, MAX_REFUSALS))
    day = recorded_day[:, None] + np.cumsum(gaps, axis=1)
    number = np.arange(1, MAX_REFUSALS + 1)
    last_day = np.where(end_day == NO_DAY, calendar.end_day, np.minimum(end_day, calendar.end_day))
    happens = (number <= refused_count[:, None]) & (day <= last_day[:, None])
    spell, index = np.nonzero(happens)
    return Refusals(spell, number[index], day[happens])
