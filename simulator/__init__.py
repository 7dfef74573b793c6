"""The simulator: a whole county's records from a seed, with named faults and the exact truth."""

from simulator.profiles.files import load_profile, read_profile
from simulator.profiles.profile import Profile
from simulator.simulation import STREAMS, Simulation, simulate

__all__ = ["STREAMS", "Profile", "Simulation", "load_profile", "read_profile", "simulate"]
