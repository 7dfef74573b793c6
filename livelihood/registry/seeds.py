"""The seed files of the dbt project, for those who need them before or without a database."""

from __future__ import annotations

import csv

from livelihood.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"
Row = dict[str, str]


def read_seed(name: str) -> list[Row]:
    """The rows of `dbt_project/seeds/<name>.csv`, all as text, in the order of the file."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
