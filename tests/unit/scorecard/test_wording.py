"""Values in words: units, signs, shortfalls, and the order of the sections of a plan."""

from __future__ import annotations

from decimal import Decimal

import pytest

from livelihood.registry import load_targets, load_units
from livelihood.scorecard.wording import (
    format_demand,
    format_number,
    format_shortfall,
    format_value,
    section_order,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (Decimal("95.1000"), "95.1"),
        (Decimal("10012"), "10,012"),
        (Decimal("1200"), "1,200"),
        (Decimal("0.005"), "0.01"),
        (Decimal("-3.25"), "−3.25"),
        (Decimal(0), "0"),
        (7, "7"),
    ],
)
def test_numbers_have_at_most_two_decimals(value: Decimal | None, text: str) -> None:
    assert format_number(value) == text


def test_a_value_has_its_unit_and_large_sums_are_in_ten_thousands() -> None:
    assert format_value(Decimal("93.5"), "pct") == "93.5%"
    assert format_value(Decimal("10012"), "persons") == "10,012 人"
    assert format_value(Decimal("20000000"), "yuan") == "2,000 万元"
    assert format_value(None, "pct") == "–"


@pytest.mark.parametrize(
    ("comparator", "value", "high", "unit", "text"),
    [
        (">=", Decimal(95), None, "pct", "≥ 95%"),
        ("=", Decimal(0), None, "households", "= 0 户"),
        ("between", Decimal(70), Decimal(80), "pct", "70 至 80%"),
        ("growth", Decimal(10), None, "pct", "年增 10%"),
        ("growth", Decimal(200), None, "yuan", "比基期增 200 元"),
        ("trend", None, None, "persons", "不差于上年同期"),
        (">=", Decimal(0), None, "percentage_points", "≥ 0 个百分点"),
        ("=", Decimal(18), None, "day_of_month", "18 日前"),
    ],
)
def test_a_demand_is_worded_as_in_the_plan(
    comparator: str, value: Decimal | None, high: Decimal | None, unit: str, text: str
) -> None:
    assert format_demand(comparator, value, high, unit) == text


def test_a_shortfall_has_a_direction_and_is_empty_without_one() -> None:
    assert format_shortfall("missed", Decimal("93.5"), Decimal(100), "pct") == (
        "差 6.5 个百分点",
        "6.5 points short",
    )
    assert format_shortfall("missed", Decimal(12), Decimal(0), "households") == (
        "超 12 户",
        "12 households over",
    )
    assert format_shortfall("missed", Decimal(1), Decimal(0), "persons") == (
        "超 1 人",
        "1 person over",
    )
    assert format_shortfall("on_track", Decimal(93), Decimal(100), "pct") == ("", "")
    assert format_shortfall("behind", None, Decimal(100), "pct") == ("", "")


def test_sections_are_in_the_order_of_the_plan() -> None:
    sections = [
        "附件2 二、18",
        "附件1",
        "附件2 一、10",
        "附件2 一、4",
        "正文 四(二)；附件3",
        "正文 二",
    ]
    assert sorted(sections, key=section_order) == [
        "正文 二",
        "正文 四(二)；附件3",
        "附件1",
        "附件2 一、4",
        "附件2 一、10",
        "附件2 二、18",
    ]
    assert section_order("附件2 二十三") == (2, 23)


def test_every_unit_of_a_promise_has_a_chinese_name() -> None:
    assert {target.unit for target in load_targets().values()} <= set(load_units())
