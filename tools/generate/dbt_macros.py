"""dbt macros that name the monitors of each work list, in the order of the registry."""

from __future__ import annotations

from collections import defaultdict

from livelihood.contracts.derive import names_macro
from livelihood.registry import load_monitors
from livelihood.settings import ROOT

MACRO = ROOT / "dbt_project" / "macros" / "monitors.sql"


def monitor_codes() -> list[str]:
    """Return the monitors in the order of the registry."""
    return list(load_monitors())


def dbt_monitors() -> str:
    """Return a macro for each kind of subject, such as `person_monitors`."""
    by_subject: dict[str, list[str]] = defaultdict(list)
    for monitor in load_monitors().values():
        by_subject[monitor.about].append(monitor.monitor_code)
    source = "seeds/monitors.csv"
    return "\n\n".join(
        names_macro(f"{about}_monitors", codes, f"monitors that list a {about}", source)
        for about, codes in by_subject.items()
    )
