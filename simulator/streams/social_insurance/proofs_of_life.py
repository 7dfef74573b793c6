"""Proofs of life of pensioners: within every year, except of a few who stopped."""

from __future__ import annotations

import numpy as np

from simulator.areas.clock import Calendar, Integers

# Proofs are requested a month before the year ends, so that the next payment has a new one.
CYCLE_DAYS = 330


def last_proofs(
    person: Integers,
    due_day: Integers,
    calendar: Calendar,
    lapsed_share: float,
    rng: np.random.Generator,
) -> Integers:
    """Return the day of the last proof before each payment, from columns of payments.

    Those who stopped did so before the first month, and are overdue within the first year.
    """
    persons = int(person.max(initial=0)) + 1
    first = calendar.first_day(0) - rng.integers(1, CYCLE_DAYS + 1, persons)[person]
    has_stopped = (rng.random(persons) < lapsed_share)[person]
    return np.asarray(np.where(has_stopped, first, due_day - (due_day - first) % CYCLE_DAYS))
