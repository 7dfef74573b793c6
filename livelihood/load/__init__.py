"""Load: Kafka to landing and quarantine, rows, rejects and offsets in one transaction."""

from livelihood.load.loader import LoadReport, load
from livelihood.load.replayer import replay

__all__ = ["LoadReport", "load", "replay"]
