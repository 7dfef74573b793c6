"""Fixtures: one small county for all tests of the simulator."""

import pytest

from simulator import Simulation, load_profile, simulate
from tests.unit.producers.conftest import kafka, settings
from tests.unit.simulator.small_county import END, SMALL, START

__all__ = ["county", "kafka", "settings"]


@pytest.fixture(scope="session")
def county() -> Simulation:
    profile = load_profile().scaled(SMALL)
    # More faults than usual, so that each kind occurs.
    often = {name: 0.004 for name in type(profile.faults).model_fields if "messages" not in name}
    return simulate(profile.with_values({"faults": often}), 7, START, END)
