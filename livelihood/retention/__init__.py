"""Retention: delete expired rows without changing a figure or its provenance."""

from livelihood.retention.pruning import Removal, prune

__all__ = ["Removal", "prune"]
