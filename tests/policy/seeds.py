"""The seed tables as policy tests read them: their rows, keys and names in messages."""

from __future__ import annotations

from livelihood.registry.seeds import SEEDS, Row, read_seed
from livelihood.settings import ROOT

__all__ = ["KEYS", "Row", "label", "seed"]

KEYS = {
    "regions": ("region_code",),
    "plans": ("plan_id",),
    "targets": ("target_id",),
    "baselines": ("baseline_id",),
    "standards": ("standard", "region_code", "valid_from"),
    "indicators": ("indicator_code",),
    "populations": ("population",),
    "contradictions": ("contradiction_id",),
    "target_parts": ("part_id",),
}


def seed(name: str) -> list[Row]:
    path = SEEDS / f"{name}.csv"
    assert path.is_file(), f"{path.relative_to(ROOT)} is missing"
    rows = read_seed(name)
    assert rows, f"{path.relative_to(ROOT)} has no rows"
    return rows


def label(name: str, row: Row) -> str:
    return f"{name}.csv {'/'.join(row[column] for column in KEYS[name])}"
