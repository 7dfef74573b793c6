"""Retention: what may go after its time, without a figure changing or losing its origin."""

from livelihood.retain.retention import Removal, retain

__all__ = ["Removal", "retain"]
