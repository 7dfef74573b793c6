"""The list of promises has every target once, under its section, and breaks no table."""

from __future__ import annotations

import re

from livelihood.registry import load_targets
from tools.generate.plans import escape_cell, plans_markdown


def test_every_target_is_in_one_row_with_its_quotation() -> None:
    rows = [line for line in plans_markdown().splitlines() if line.startswith(("| **", "| ★"))]
    first = [re.search(r"`(\w+)`", line) for line in rows]
    assert sorted(m[1] for m in first if m) == sorted(load_targets())
    quotes = {code: escape_cell(target.quote_zh) for code, target in load_targets().items()}
    assert all(quotes[m[1]] in line for m, line in zip(first, rows, strict=True) if m)


def test_every_row_of_a_table_has_the_cells_of_its_head() -> None:
    width = 0
    for line in plans_markdown().splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|"):
            width = width or cells
            assert cells == width, line
        else:
            width = 0
