"""The catalogue of monitors as dbt reads it: a macro that names the models of the action list."""

from __future__ import annotations

from livelihood.contracts.derive import names_macro
from livelihood.seeds import read_seed
from livelihood.settings import ROOT

MACRO = ROOT / "dbt_project" / "macros" / "monitors.sql"


def monitor_codes() -> list[str]:
    """The monitors in the order of the catalogue."""
    return [row["monitor_code"] for row in read_seed("monitors")]


def dbt_monitors() -> str:
    """The macro `monitors`."""
    source = "seeds/monitors.csv"
    return names_macro("monitors", monitor_codes(), "monitors of the action list", source)
