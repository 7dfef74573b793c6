"""A small simulated county, with every kind of fault."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator import Simulation, load_profile, simulate
from testkit.platforms import AS_OF
from tests.services.transform.worklist_cases import with_worklist_cases


@pytest.fixture(scope="package")
def county() -> Simulation:
    """One in a hundred persons of Ceheng, with worklist cases, for a year."""
    profile = with_worklist_cases(load_profile("ceheng")).scaled(0.01)
    return simulate(profile, 7, dt.date(2022, 1, 1), AS_OF, faults=True)
