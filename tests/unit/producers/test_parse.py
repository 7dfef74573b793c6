"""Amounts, dates, moments and boolean values as people write them, read exactly or not at all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.sources.parse import as_text, boolean, day, instant, whole_number


def one(expression: pl.Expr, text: str | None) -> object:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    return frame.select(expression).item()


TEXT = pl.col("text")


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("3,500.00元", 350_000),
        ("0.29", 29),
        ("￥ 1.5", 150),
        ("-0.5", -50),
        ("1.230", 123),
        ("1.234", None),
        ("1e5", None),
        ("三千", None),
        (".5", None),
        ("999999999999999999", None),
    ],
)
def test_yuan(text: str, fen: int | None) -> None:
    assert one(whole_number(TEXT, 2), text) == fen


@given(
    fen=st.integers(-(10**14), 10**14),
    places=st.sampled_from([0, 1, 2, 6]),
    separated=st.booleans(),
)
def test_an_amount_comes_back_from_any_unit(fen: int, places: int, separated: bool) -> None:
    amount = Decimal(fen).scaleb(-places)
    text = f"{amount:,f}" if separated else f"{amount:f}"
    assert one(whole_number(TEXT, places), text) == fen


@given(st.text(max_size=12))
def test_any_text_is_read_or_null(text: str) -> None:
    """Nothing raises, and what is read as a number is what Python reads."""
    read = one(whole_number(TEXT, 0), text)
    if read is not None:
        plain = text.translate(str.maketrans("", "", ",，¥￥")).strip().removesuffix("元")
        assert Decimal("".join(plain.split())) == read
    for expression in (boolean(TEXT), day(TEXT, None, may_be_month=True), instant(TEXT, None)):
        one(expression, text)


@pytest.mark.parametrize(
    "text",
    ["2022-5-1", "2022/05/01", "2022.5.1", "2022年5月1日", "20220501", "2022-05-01 00:00:00"],
)
def test_dates(text: str) -> None:
    assert one(day(TEXT, None, may_be_month=False), text) == dt.date(2022, 5, 1)


@pytest.mark.parametrize("text", ["2022年5月", "202205", "2022-5", "2022/05"])
def test_a_month_is_its_first_day_only_in_a_column_of_months(text: str) -> None:
    assert one(day(TEXT, None, may_be_month=True), text) == dt.date(2022, 5, 1)
    assert one(day(TEXT, None, may_be_month=False), text) is None


@pytest.mark.parametrize(
    "text", ["2022-02-30", "2022-13-01", "2022111", "5/1/2022", "2022-05-01 10:00:00"]
)
def test_no_dates(text: str) -> None:
    assert one(day(TEXT, None, may_be_month=True), text) is None


def test_a_date_by_its_format() -> None:
    assert one(day(TEXT, "%d.%m.%Y", may_be_month=False), "01.05.2022") == dt.date(2022, 5, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-05T02:00:00Z",
        "2022-01-05T10:00:00+08:00",
        "2022-01-05 10:00:00",
        "2022-01-05 10:00",
    ],
)
def test_moments_without_a_zone_are_chinas(text: str) -> None:
    assert one(instant(TEXT, None), text) == dt.datetime(2022, 1, 5, 2, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [("是", True), ("否", False), ("TRUE", True), ("0", False), ("有", True), ("maybe", None)],
)
def test_booleans(text: str, value: bool | None) -> None:
    assert one(boolean(TEXT), text) is value


def test_typed_columns_become_text_without_loss() -> None:
    moment = dt.datetime(2022, 1, 5, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    frame = pl.DataFrame(
        {"amount": [0.29], "at": [moment], "local": [dt.datetime(2022, 1, 5)], "empty": ["  "]}
    )
    texts = frame.select(as_text(pl.col(name), frame.schema[name]) for name in frame.columns)
    assert texts.row(0) == ("0.29", "2022-01-05T02:00:00Z", "2022-01-05T00:00:00", None)
