"""The simulator: a whole county's records from a seed, with named faults and the exact truth."""

from producers.simulator.profile import Profile
from producers.simulator.profile_file import load_profile, read_profile
from producers.simulator.simulation import STREAMS, Simulation, simulate

__all__ = ["STREAMS", "Profile", "Simulation", "load_profile", "read_profile", "simulate"]
