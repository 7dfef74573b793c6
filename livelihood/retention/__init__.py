"""Retention: what may go after its time, without a figure changing or losing its origin."""

from livelihood.retention.pruning import Removal, retain

__all__ = ["Removal", "retain"]
