"""Text as people write it (3,500.00 元, 2022年5月, 是) as the types of a contract, column-wise.

A value that cannot be read becomes null here; `mapping` reports it with its column and line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from livelihood.contracts import Column
from livelihood.contracts.validation import column_type
from livelihood.settings import TIME_ZONE

# Decimal places between the unit of an amount and the fen of the contracts.
UNIT_PLACES = {"fen": 0, "jiao": 1, "yuan": 2, "wan_yuan": 6}
# Decimal places of a column that counts in parts of one.
PART_PLACES = {"_ten_thousandths": 4, "_thousandths": 3}

_TRUE = ("true", "t", "yes", "y", "1", "是", "有", "对", "√", "✓", "已", "真")
_FALSE = ("false", "f", "no", "n", "0", "否", "无", "没有", "×", "✗", "未", "假")
_MIDNIGHT = r"[T ]0{1,2}:00(?::00(?:\.0+)?)?(?:Z|\+00:00|\+08:00)?$"
# ASCII characters in the width of Chinese ones: ０１２, ：, ，.
_FULL_WIDTH = [chr(code + 0xFEE0) for code in range(0x21, 0x7F)]
_HALF_WIDTH = [chr(code) for code in range(0x21, 0x7F)]
_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_TIME = r"(\d{1,2})(?:[:时点](?:(\d{1,2})(?:[:分](?:(\d{1,2})(\.\d+)?秒?)?)?)?)"
# Excel stores a time without a day, and a zero, as a day before this year.
FIRST_YEAR = 1900
# January and October are the same number: 2022.10 is stored as 2022.1.
AMBIGUOUS_MONTH = r"^\d{4}\.1$"
_FORMAT_CHARACTERS = r"\p{Cf}"


def as_text(expression: pl.Expr, type_: pl.DataType) -> pl.Expr:
    """Return any column as stripped text without format characters; empty text is null.

    Timestamps are written in their own zone, so that midnight there remains a day.
    """
    if isinstance(type_, pl.Datetime):
        ending = "Z" if type_.time_zone == "UTC" else "%:z" if type_.time_zone else ""
        expression = expression.dt.to_string("%Y-%m-%dT%H:%M:%S%.f" + ending)
    text = expression.cast(pl.String).str.replace_all(_FORMAT_CHARACTERS, "").str.strip_chars()
    return pl.when(text != "").then(text)


def half_width(text: pl.Expr) -> pl.Expr:
    """Return the text with full-width digits and signs as ASCII."""
    return text.str.replace_many(_FULL_WIDTH, _HALF_WIDTH)


def typed(text: pl.Expr, column: Column, unit: str, date_format: str | None) -> pl.Expr:
    """Return text as the type of a contract's column, null where it cannot be parsed."""
    match column.logical_type:
        case "integer":
            return whole_number(text, _places(column, unit)).cast(column_type(column), strict=False)
        case "boolean":
            return boolean(text)
        case "date":
            return day(text, date_format, may_be_month=column.name.endswith("_month"))
        case "timestamp":
            return instant(text, date_format)
        case _:
            return text


class Format(NamedTuple):
    """How a column of a source is written: unit of an amount, format of a date."""

    column: Column
    unit: str
    date: str | None


def parsed(texts: pl.DataFrame, formats: Mapping[str, Format]) -> pl.DataFrame:
    """Return columns of text as the types of the contract, null where they cannot be parsed.

    Most values are written as in the contract and need no pattern; the others are parsed apart.
    """
    values = texts.select(
        _usual(pl.col(name), *formats[name]).alias(name) for name in texts.columns
    )
    for name, series in texts.to_dict().items():
        if values[name].null_count() > series.null_count():
            is_unread = series.is_not_null() & values[name].is_null()
            text = series.filter(is_unread).to_frame()
            written = text.select(typed(pl.col(name), *formats[name])).to_series()
            values = values.with_columns(values[name].scatter(is_unread.arg_true(), written))
    return values


def _usual(text: pl.Expr, column: Column, unit: str, date_format: str | None) -> pl.Expr:
    """Return the values that are written as in the contract, others as null."""
    if column.logical_type == "integer":
        is_whole = text.str.contains(r"^\d{1,11}$")
        factor: int = 10 ** _places(column, unit)
        number = pl.when(is_whole).then(text).cast(pl.Int64, strict=False) * factor
        return number.cast(column_type(column), strict=False)
    if column.logical_type == "date" and date_format is None:
        length = text.str.len_bytes()
        written = pl.when(length == len("2023-06-15")).then(text)
        days = [written.str.to_date("%Y-%m-%d", strict=False)]
        midnight = pl.when(length == len("2023-06-15 00:00:00")).then(text)
        days.append(midnight.str.to_date("%Y-%m-%d 00:00:00", strict=False))
        if column.name.endswith("_month"):
            month = pl.when(length == len("2023-06")).then(text + "-01")
            days.append(month.str.to_date("%Y-%m-%d", strict=False))
        day_ = pl.coalesce(days)
        return pl.when(day_.dt.year() >= FIRST_YEAR).then(day_)
    return typed(text, column, unit, date_format)


def _places(column: Column, unit: str) -> int:
    return part_places(column.name) if unit == "one" else UNIT_PLACES[unit]


def part_places(name: str) -> int:
    """Return the decimal places of a column that counts in parts of one; otherwise 0."""
    return next((places for ending, places in PART_PLACES.items() if name.endswith(ending)), 0)


def whole_number(text: pl.Expr, places: int) -> pl.Expr:
    """Return a number times 10 to the `places`, exactly, without binary fractions.

    ¥ and 元 are ignored, and commas or spaces between groups of three digits. A number with more
    decimal places or with other groups (62,00) is null.
    """
    plain = half_width(text).str.replace_all(r"^\s*[¥￥]\s*|\s*[元圆]整?\s*$", "")
    groups = plain.str.extract(r"^([+-]?\d{1,3}(?:[, ]\d{3})+(?:\.\d*)?)$", 1)
    plain = pl.coalesce(groups.str.replace_all("[, ]", ""), plain)
    parts = plain.str.extract_groups(r"^(?<sign>[+-]?)(?<whole>\d{1,18})(?:\.(?<part>\d*))?$")
    fraction = parts.struct.field("part").fill_null("").str.strip_chars_end("0")
    digits = parts.struct.field("whole") + fraction.str.pad_end(places, "0")
    number = digits.cast(pl.Int64, strict=False)
    signed = pl.when(parts.struct.field("sign") == "-").then(-number).otherwise(number)
    return pl.when(fraction.str.len_chars() <= places).then(signed)


def boolean(text: pl.Expr) -> pl.Expr:
    """Return 是, yes, true, 1 as true and 否, no, false, 0 as false."""
    word = text.str.to_lowercase()
    return pl.when(word.is_in(list(_TRUE))).then(True).when(word.is_in(list(_FALSE))).then(False)


def day(text: pl.Expr, date_format: str | None, *, may_be_month: bool) -> pl.Expr:
    """Return a date by its format, or from 2022-5-1, 2022/05/01, 2022年5月1日, 20220501.

    With `may_be_month`, a month (2022年5月, 202205) is its first day.
    """
    if date_format is not None:
        return text.str.to_date(date_format, strict=False)
    text = half_width(text)
    plain = text.str.replace(_MIDNIGHT, "").str.replace_all("[年月/.]", "-").str.strip_chars("日-")
    dashed = plain.str.extract_groups(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$")
    packed = plain.str.extract_groups(r"^(\d{4})(\d{2})(\d{2})?$")
    year, month, date = (
        pl.coalesce(dashed.struct.field(part), packed.struct.field(part)).str.zfill(2)
        for part in ("1", "2", "3")
    )
    if may_be_month:
        date = pl.when(~text.str.contains(AMBIGUOUS_MONTH)).then(date.fill_null("01"))
    written = pl.concat_str(year, month, date, separator="-")
    day_ = pl.coalesce(written.str.to_date("%Y-%m-%d", strict=False), _china_midnight(text))
    return pl.when(day_.dt.year() >= FIRST_YEAR).then(day_)


def _china_midnight(text: pl.Expr) -> pl.Expr:
    """Return the day of a moment that is midnight in China, such as 2023-04-30T16:00:00Z."""
    zoned = text.str.extract(r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d))$", 1)
    local = instant(zoned, None).dt.convert_time_zone(TIME_ZONE.key)
    return pl.when(local.dt.time() == dt.time()).then(local.dt.date())


def instant(text: pl.Expr, date_format: str | None) -> pl.Expr:
    """Return a timestamp in UTC; without zone it is China time, a date is midnight there."""
    if date_format is not None:
        local = text.str.to_datetime(
            date_format, strict=False, time_unit="us", ambiguous="earliest"
        )
        return _in_utc(local)
    text = half_width(text)
    plain = text.str.replace(" ", "T", literal=True)
    zoned = plain.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us", time_zone="UTC"
    )
    utc = plain.str.strip_suffix("Z")
    is_utc = plain.str.ends_with("Z")
    full = utc.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    short = utc.str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us")
    written = pl.coalesce(full, short, _written_time(text), _start_of_day(text))
    naive = pl.when(written.dt.year() >= FIRST_YEAR).then(written)
    local = pl.when(is_utc).then(naive.dt.replace_time_zone("UTC")).otherwise(_in_utc(naive))
    return pl.coalesce(zoned, local)


def _written_time(text: pl.Expr) -> pl.Expr:
    """Return a local time as people write it: 2023/6/15 9:30, 2023年6月15日 9时30分."""
    parts = text.str.extract_groups(rf"^{_DAY}[T ]*{_TIME}$")
    fields = [parts.struct.field(str(number)) for number in range(1, 7)]
    padded = [field.fill_null("0").str.zfill(2) for field in fields]
    plain = pl.concat_str(
        pl.concat_str(padded[:3], separator="-"), pl.concat_str(padded[3:], separator=":")
    )
    fraction = parts.struct.field("7").fill_null("")
    return (plain + fraction).str.to_datetime("%Y-%m-%d%H:%M:%S%.f", strict=False, time_unit="us")


def _start_of_day(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace_all("[年月/.]", "-").str.strip_chars("日-")
    written = plain.str.extract(r"^(\d{4}-\d{1,2}-\d{1,2}|\d{8})$", 1)
    days = [written.str.to_date(form, strict=False) for form in ("%Y-%m-%d", "%Y%m%d")]
    return pl.coalesce(days).cast(pl.Datetime("us"))


def _in_utc(local: pl.Expr) -> pl.Expr:
    zoned = local.dt.replace_time_zone(TIME_ZONE.key, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")
