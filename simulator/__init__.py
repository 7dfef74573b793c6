"""The simulator: all records of an area from a seed, planted faults, and the expected results."""

from simulator.profile_files import load_profile, read_profile
from simulator.profiles.profile import Profile
from simulator.simulation import Simulation, simulate
from simulator.streams.registry import STREAMS

__all__ = ["STREAMS", "Profile", "Simulation", "load_profile", "read_profile", "simulate"]
