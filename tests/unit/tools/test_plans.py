"""The list of promises holds every target once, under its section, and breaks no table."""

from __future__ import annotations

import re

from tests.policy.seeds import seed
from tools.generate.plans import _cell, is_headline, plans_markdown


def test_every_target_stands_in_one_row_with_its_quotation() -> None:
    rows = [line for line in plans_markdown().splitlines() if line.startswith(("| **", "| ★"))]
    first = [re.search(r"`(\w+)`", line) for line in rows]
    assert sorted(m[1] for m in first if m) == sorted(row["target_id"] for row in seed("targets"))
    quotes = {row["target_id"]: _cell(row["quote_zh"]) for row in seed("targets")}
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


def test_a_headline_is_a_figure_among_the_goals_said_first() -> None:
    plan = {"goals_section": "二(三)"}
    row = {"section": "二(三)1", "statement_kind": "level", "duplicate_of": ""}
    assert is_headline(plan, row)
    assert not is_headline(plan, {**row, "section": "三(一)"})
    assert not is_headline(plan, {**row, "statement_kind": "commitment"})
    assert not is_headline(plan, {**row, "duplicate_of": "another"})
