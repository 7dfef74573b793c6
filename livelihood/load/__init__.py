"""Load: Kafka to landing and quarantine, rows, rejects and offsets in one transaction."""

from livelihood.load.loader import LoadReport, load
from livelihood.load.quarantine import replay
from livelihood.load.transaction import wait_for_loads

__all__ = ["LoadReport", "load", "replay", "wait_for_loads"]
