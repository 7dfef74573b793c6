"""Load: Kafka to landing and quarantine, rows, rejects and offsets in one transaction."""

from livelihood.load.loader import LoadReport, load
from livelihood.load.replayer import replay
from livelihood.load.store import wait_for_loads

__all__ = ["LoadReport", "load", "replay", "wait_for_loads"]
