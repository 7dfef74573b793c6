"""Load: Kafka to landing and quarantine, rows, rejects and offsets in one transaction."""

from livelihood.load.probe import backlog
from livelihood.load.loader import LoadReport, load
from livelihood.load.replayer import replay

__all__ = ["LoadReport", "backlog", "load", "replay"]
