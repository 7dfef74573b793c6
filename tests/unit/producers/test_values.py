"""Values that mean two things are refused with the reason; other writings are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from livelihood.contracts import load_contract
from producers.errors import MappingError
from producers.sources import PROBLEMS, UNREADABLE
from producers.sources.mapper import Mapper
from producers.sources.mapping import Mapping, check_mapping, read_mapping
from producers.sources.parse import day, instant, whole_number
from producers.sources.text import positions
from producers.tokens import normalise

WAGES = load_contract("wage_payment")
REPORTED = load_contract("reported_figure")
VALID = "52232719790505900X"
TEXT = pl.col("text")


def one(name: str, rule: dict[str, Any], value: Any) -> tuple[Any, list[str]]:
    """Return the value of a wage column, and the problems of its row."""
    mapping = Mapping(stream="wage_payment", columns={name: {"from": "a", **rule}})
    frame = pl.DataFrame({"a": [value]}).hstack(positions([2], [None], "a.csv"))
    mapped = Mapper(mapping, WAGES).apply(frame)
    return mapped[name][0], mapped[PROBLEMS][0].to_list()


@pytest.mark.parametrize(
    ("writing", "reason"),
    [
        ("5.22327E+17", "it is in scientific notation"),
        ("5.22327197905059e17", "it is in scientific notation"),
        ("522327790505900", "it is a number of 15 digits"),
        (f"'{VALID}", "it begins with a quotation mark"),
        (f"`{VALID}", "it begins with a quotation mark"),
        (f'="{VALID}"', "it begins with a quotation mark"),
        ("52232719790505900×", "its last character is neither a digit nor X"),
        ("52232719790505900*", "its last character is neither a digit nor X"),
        ("522327198103129007.0", "it was exported as a decimal number"),
        ("#N/A", "it holds the error #N/A"),
        ("########", "it holds the error ########"),
    ],
)
def test_the_reason_why_an_identity_number_is_wrong(writing: str, reason: str) -> None:
    _, [problem] = one("identity_number", {}, writing)
    assert problem.startswith(f"unreadable: person_token: {reason}")
    assert "5223271" not in problem


@pytest.mark.parametrize(
    "writing",
    [
        "\u200b52232719790505900x",
        "\ufeff５２２３２７１９７９０５０５９００X",
        "522327 19790505 900X\u202c",
    ],
)
def test_format_characters_do_not_make_another_person(writing: str) -> None:
    value, problems = one("identity_number", {}, writing)
    assert problems == []
    assert normalise(value) == normalise(writing) == VALID


def test_format_characters_are_removed_from_every_text() -> None:
    assert one("project_code", {}, "GC\u200b-17\u00ad") == ("GC-17", [])


@pytest.mark.parametrize(
    ("rule", "value", "fen"),
    [
        ({"unit": "yuan"}, "6,200.00", 620_000),
        ({"unit": "yuan"}, "６，２００．５０", 620_050),
        ({"unit": "yuan"}, "¥ 6200元整", 620_000),
        ({"unit": "yuan"}, "1 234 567", 123_456_700),
        ({"unit": "fen"}, "6200.00", 6_200),
        ({"unit": "wan_yuan"}, "0.62", 620_000),
        ({}, "6200.0", 6_200),
    ],
)
def test_amounts_that_are_read(rule: dict[str, Any], value: str, fen: int) -> None:
    assert one("amount_due_fen", rule, value) == (fen, [])


@pytest.mark.parametrize(
    ("rule", "value", "reason"),
    [
        ({"unit": "yuan"}, "62,00", "its commas do not separate groups"),
        ({"unit": "yuan"}, "6200,00", "its commas do not separate groups"),
        ({"unit": "yuan"}, "1,2,3", "its commas do not separate groups"),
        ({"unit": "yuan"}, "62,0000", "its commas do not separate groups"),
        ({"unit": "yuan"}, "95%", "it is a percentage"),
        ({"unit": "yuan"}, "6.200,00", None),
        ({"unit": "yuan"}, "62 00", None),
        ({"unit": "wan_yuan"}, "6200元", "it is written in yuan"),
        ({}, "6200元", "it is written in yuan"),
        ({}, "6200.00", "it may be yuan: state the unit"),
        ({"unit": "yuan", "default": 0}, "#REF!", "it holds the error #REF!"),
        ({"unit": "yuan", "default": 0}, UNREADABLE + "cell B2 holds #N/A", "cell B2 holds #N/A"),
        ({"values": {"a": "1"}, "otherwise": "0"}, "#VALUE!", "it holds the error #VALUE!"),
        ({"extract": r"(\d+)", "default": 0}, "Err:502", "it holds the error Err:502"),
        ({"from": ["a", "a"], "default": 0}, "#DIV/0!", "it holds the error #DIV/0!"),
    ],
)
def test_amounts_that_are_refused(rule: dict[str, Any], value: str, reason: str | None) -> None:
    amount, [problem] = one("amount_due_fen", rule, value)
    assert amount is None
    expected = f"unreadable: amount_due_fen: {reason}" if reason else "wrong_type: amount_due_fen"
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    ("text", "month"),
    [("2022.10", 10), ("2022.11", 11), ("2022.01", 1), ("2022年１月", 1), ("2022.2", 2)],
)
def test_months(text: str, month: int) -> None:
    assert one("wage_month", {}, text) == (dt.date(2022, month, 1), [])


@pytest.mark.parametrize("value", ["2022.1", 2022.1])
def test_a_month_as_a_number_may_be_october(value: object) -> None:
    month, [problem] = one("wage_month", {}, value)
    assert month is None
    assert "it may be January or October" in problem


SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2023, 6, 15, tzinfo=SHANGHAI),
        dt.datetime(2023, 6, 14, 16, tzinfo=dt.UTC),
        dt.datetime(2023, 6, 15, tzinfo=dt.UTC),
        dt.datetime(2023, 6, 15),
        dt.date(2023, 6, 15),
        "2023-06-14T16:00:00Z",
        "2023-06-14 16:00:00+00:00",
        "2023-06-15T00:00:00+08:00",
        "2023-06-15 00:00:00",
        "２０２３年６月１５日",
        "2023/6/15 0:00",
    ],
)
def test_midnight_in_its_own_zone_or_in_china_is_a_day(value: object) -> None:
    assert one("due_date", {}, value) == (dt.date(2023, 6, 15), [])


@pytest.mark.parametrize("text", ["1899-12-31 00:00:00", "1899-12-30", "1899-12-31 09:30:00"])
def test_a_zero_or_a_time_without_a_day_is_no_date(text: str) -> None:
    assert one("due_date", {}, text)[0] is None
    assert pl.DataFrame({"text": [text]}).select(instant(TEXT, None)).item() is None


@pytest.mark.parametrize("value", ["2023-06-15T09:30:00Z", dt.datetime(2023, 6, 15, 9, 30)])
def test_another_time_is_no_day(value: object) -> None:
    day_, [problem] = one("due_date", {}, value)
    assert day_ is None
    assert problem.startswith("wrong_type: due_date")


@pytest.mark.parametrize(
    "text",
    [
        "2023-06-15 9:30", "2023/6/15 9:30", "2023.6.15 09:30:00", "2023年6月15日 9:30",
        "2023年6月15日9时30分", "2023年06月15日 9时30分0秒", "2023-6-15T9:30",
        "２０２３年６月１５日 ９：３０",
        "2023年6月15日 9点30分",
    ],
)  # fmt: skip
def test_moments_in_chinese_writing(text: str) -> None:
    frame = pl.DataFrame({"text": [text]})
    assert frame.select(instant(TEXT, None)).item() == dt.datetime(
        2023, 6, 15, 1, 30, tzinfo=dt.UTC
    )


@pytest.mark.parametrize(
    "text", ["6月15日", "上午9点", "2023-06-31 9:30", "2023-06-15 25:00", "45092.4"]
)
def test_moments_that_are_not_read(text: str) -> None:
    assert pl.DataFrame({"text": [text]}).select(instant(TEXT, None)).item() is None


def test_usual_and_other_writings_give_the_same_values() -> None:
    """The quick path of common values and the patterns agree."""
    texts = ["2023-06-15", "2023-6-15", "2023-06", "2023-02-30", "12023-06", "2023-06-15 00:00:00"]
    for text in texts:
        frame = pl.DataFrame({"text": [text]})
        assert (
            one("wage_month", {}, text)[0]
            == frame.select(day(TEXT, None, may_be_month=True)).item()
        )
    for text in ["0", "00012", "12345678901", "-5", "+5", "1e3", "99999999999999"]:
        expected = pl.DataFrame({"text": [text]}).select(whole_number(TEXT, 2)).item()
        assert one("amount_due_fen", {"unit": "yuan"}, text)[0] == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("95%", "pct", 950_000),
        ("100 %", "pct", 1_000_000),
        ("９５％", "pct", 950_000),
        ("95", "pct", 950_000),
        ("95%", "cases", None),
        ("95%", None, None),
    ],
)
def test_a_percent_sign_is_read_where_the_row_counts_in_percent(
    value: str, unit: str | None, expected: int | None
) -> None:
    rule = {"from": "a", "unit": "one", "percent_in": "unit"}
    columns = {"value_ten_thousandths": rule, "unit": "b"}
    mapping = Mapping.model_validate({"stream": "reported_figure", "columns": columns})
    frame = pl.DataFrame({"a": [value], "b": [unit]}, schema={"a": pl.String, "b": pl.String})
    mapped = Mapper(mapping, REPORTED).apply(frame.hstack(positions([2], [None], "a")))
    assert mapped["value_ten_thousandths"][0] == expected
    assert len(mapped[PROBLEMS][0]) == (expected is None)


def test_a_key_that_occurs_twice_in_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("stream: wage_payment\ncolumns:\n  due_date: a\n  due_date: b\n", "utf-8")
    with pytest.raises(MappingError, match=r"(?s)the key due_date occurs twice.*line 4"):
        read_mapping(path, WAGES)
    path.write_text("stream: wage_payment\ncolumns: {due_date: {from: a, from: b}}\n", "utf-8")
    with pytest.raises(MappingError, match="the key from occurs twice"):
        read_mapping(path, WAGES)


@pytest.mark.parametrize(
    ("title", "unit"), [("应发工资（元）", "yuan"), ("投资(万元)", "wan_yuan"), ("工资 元", "yuan")]
)
def test_a_forgotten_unit_under_a_title_in_yuan(title: str, unit: str) -> None:
    columns = {"amount_due_fen": title}
    mapping = Mapping.model_validate({"stream": "wage_payment", "columns": columns})
    with pytest.raises(MappingError, match=f"add `unit: {unit}`, or `unit: fen`"):
        check_mapping(mapping, WAGES)
