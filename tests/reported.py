"""Targets that offices report, selected by their values because the registry may change."""

from __future__ import annotations

from livelihood.registry import Target, load_targets


def reported_target(**values: str) -> Target:
    """Return the first reported target of the registry without a duplicate that has the values."""
    return next(
        target
        for target in load_targets().values()
        if target.is_reported
        and target.duplicate_of is None
        and all(getattr(target, name) == value for name, value in values.items())
    )
