"""One small county for all tests of the simulator."""

import pytest

from producers.simulator import Simulation, load_profile, simulate
from tests.unit.producers.simulator.small_county import END, SMALL, START


@pytest.fixture(scope="session")
def county() -> Simulation:
    profile = load_profile().scaled(SMALL)
    # More faults than usual, so that each kind is there.
    often = {name: 0.004 for name in type(profile.faults).model_fields if "messages" not in name}
    faults = profile.faults.model_copy(update=often)
    return simulate(profile.model_copy(update={"faults": faults}), 7, START, END)
