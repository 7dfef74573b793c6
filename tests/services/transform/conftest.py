"""A small simulated county, with every kind of fault."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator import Simulation, load_profile, simulate
from testkit.platforms import AS_OF
from tests.services.transform.worklist_cases import troubled


@pytest.fixture(scope="package")
def county() -> Simulation:
    """One in a hundred of Ceheng in trouble, for a year."""
    profile = troubled(load_profile("ceheng")).scaled(0.01)
    return simulate(profile, 7, dt.date(2022, 1, 1), AS_OF, faults=True)
