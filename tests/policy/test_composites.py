"""Composite indicators and report deadlines name what exists, and every index weighs one in all."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from livelihood.registry import (
    Indicator,
    load_deadlines,
    load_index_weights,
    load_indicators,
    load_plans,
)
from tests.policy.repository import require

INDICATORS = load_indicators()
COMPOSITES = {code: row for code, row in INDICATORS.items() if row.kind == "composite"}
WEIGHTS = load_index_weights()
DEADLINES = load_deadlines()


def part_problem(composite: str, code: str, population: str) -> str | None:
    """Return what keeps an indicator from being a part of a composite."""
    part = INDICATORS.get(code)
    if part is None:
        return f"{composite}: there is no indicator {code}"
    if part.kind == "composite":
        return f"{composite}: {code} is a composite itself; name its parts"
    if population not in part.populations:
        return f"{composite}: {code} is not computed for {population!r}"
    return None


def composite_problem(code: str, row: Indicator, indexes: set[str]) -> str | None:
    """Return what is wrong with the row of a composite."""
    is_index = code in indexes
    if bool(row.numerator_indicator) == is_index:
        return f"{code}: give either a numerator_indicator or rows in index_weights.csv"
    if row.stream or row.numerator_measure or row.denominator_measure:
        return f"{code}: a composite has no stream and no measures"
    if row.populations != ("all",):
        return f"{code}: a composite is computed for all"
    return None


def test_composites_are_made_of_something() -> None:
    indexes = {row.index_code for row in WEIGHTS}
    assert len(COMPOSITES) >= 4
    require(
        filter(None, (composite_problem(code, row, indexes) for code, row in COMPOSITES.items()))
    )
    require(f"index_weights.csv: {code} is no composite" for code in indexes - COMPOSITES.keys())


def test_parts_of_composites_are_computed() -> None:
    named = [
        (code, getattr(row, f"{side}_indicator"), getattr(row, f"{side}_population"))
        for code, row in COMPOSITES.items()
        for side in ("numerator", "denominator")
        if getattr(row, f"{side}_indicator")
    ]
    named += [(row.index_code, row.indicator_code, row.population) for row in WEIGHTS]
    require(filter(None, (part_problem(*names) for names in named)))


def test_an_index_weighs_one_and_each_part_has_a_span() -> None:
    weights: dict[str, Decimal] = defaultdict(Decimal)
    for row in WEIGHTS:
        weights[row.index_code] += row.weight
    require(f"{code}: its weights add up to {sum_}" for code, sum_ in weights.items() if sum_ != 1)
    require(
        f"{row.index_code}: floor and ceiling of {row.indicator_code} are equal"
        for row in WEIGHTS
        if row.floor == row.ceiling
    )


def test_only_composites_are_made_of_figures() -> None:
    require(
        f"{code}: only a composite names {column}"
        for code, row in INDICATORS.items()
        for column in ("numerator_indicator", "denominator_indicator")
        if getattr(row, column) and code not in COMPOSITES
    )


def test_reports_are_due_in_the_last_month_of_a_quarter_of_their_plan() -> None:
    assert DEADLINES
    for row in DEADLINES:
        due, end = row.due_date, row.period_end_date
        plan = load_plans()[row.plan_id]
        assert plan.starts_on <= end <= plan.ends_on, row
        assert end.month % 3 == 0, row
        assert (end + dt.timedelta(days=1)).day == 1, row
        assert due.replace(day=1) == end.replace(day=1), row
        assert row.section, row
        assert row.quote_zh, row
    keys = [(row.plan_id, row.due_date) for row in DEADLINES]
    assert len(keys) == len(set(keys))


def test_a_faulty_composite_is_found() -> None:
    ratio = COMPOSITES["urban_rural_income_ratio"]
    assert composite_problem("x", ratio.model_copy(update={"numerator_indicator": None}), set())
    assert composite_problem("x", ratio, {"x"})
    assert composite_problem("x", ratio.model_copy(update={"stream": "employment"}), set())
    assert composite_problem("x", ratio, set()) is None
    assert part_problem("x", "imagined", "all")
    assert part_problem("x", "urban_rural_income_ratio", "all")
    assert part_problem("x", "employment_rate_pct", "martian")
    assert part_problem("x", "employment_rate_pct", "all") is None
