"""Headings of messages: the event and the level of the alert, in a few characters."""

from __future__ import annotations

# The levels from mild to severe, as SQL.
LEVELS_SQL = "array['yellow', 'orange', 'red']"
LEVEL_ZH = {"red": "红", "orange": "橙", "yellow": "黄"}

_HEADINGS = {
    "opened": "【{}色预警】",
    "reopened": "【{}色预警·再次出现】",
    "raised": "【升为{}色】",
    "lowered": "【降为{}色】",
    "acknowledged": "【已签收·{}】",
    "handled": "【已处置·{}】",
    "cleared": "【已解除·{}】",
}


def heading_sql(event: str) -> str:
    """Return an SQL expression for the heading of a message. It reads the column `level`."""
    before, after = _HEADINGS[event].split("{}")
    cases = " ".join(f"when '{level}' then '{name}'" for level, name in LEVEL_ZH.items())
    return f"('{before}' || case level {cases} end || '{after}')"
