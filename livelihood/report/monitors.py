"""The catalogue of monitors as dbt reads it: a macro that names the models of the action list."""

from __future__ import annotations

import csv

from livelihood.settings import ROOT

SEED = ROOT / "dbt_project" / "seeds" / "monitors.csv"
MACRO = ROOT / "dbt_project" / "macros" / "monitors.sql"
_HEAD = """{# The monitors of the action list, separated by spaces.
   Generated from seeds/monitors.csv by `make generate`; edit the seed instead. #}
{% macro monitors() -%}
"""


def monitor_codes() -> list[str]:
    """The monitors in the order of the catalogue."""
    with SEED.open(encoding="utf-8", newline="") as file:
        return [row["monitor_code"] for row in csv.DictReader(file)]


def dbt_monitors() -> str:
    """The macro `monitors`, because dbt must know the models it reads before it sees a seed."""
    return _HEAD + "".join(f"    {code}\n" for code in monitor_codes()) + "{%- endmacro %}\n"
