"""Targets that offices report, selected by their values because the registry may change."""

from __future__ import annotations

from livelihood.registry.seeds import Row, read_seed


def reported_target(**values: str) -> Row:
    """Return the first reported target of the registry without a duplicate that has the values."""
    values = {"measured_by": "reported_figure", "duplicate_of": "", **values}
    return next(row for row in read_seed("targets") if values.items() <= row.items())
