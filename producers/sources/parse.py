"""Text as people write it (3,500.00 元, 2022年5月, 是) as the types of a contract, column-wise.

A value that cannot be read becomes null here; `mapping` reports it with its column and line.
"""

from __future__ import annotations

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
_MIDNIGHT = r"[T ]0{1,2}:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?$"


def as_text(expression: pl.Expr, type_: pl.DataType) -> pl.Expr:
    """Return any column as stripped text, empty text as null, timestamps with their zone."""
    if isinstance(type_, pl.Datetime):
        zoned = expression.dt.convert_time_zone("UTC") if type_.time_zone else expression
        ending = "Z" if type_.time_zone else ""
        expression = zoned.dt.to_string("%Y-%m-%dT%H:%M:%S%.f" + ending)
    text = expression.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def typed(text: pl.Expr, column: Column, unit: str, date_format: str | None) -> pl.Expr:
    """Return text as the type of a contract's column, null where it cannot be parsed."""
    match column.logical_type:
        case "integer":
            places = part_places(column.name) if unit == "one" else UNIT_PLACES[unit]
            return whole_number(text, places).cast(column_type(column), strict=False)
        case "boolean":
            return boolean(text)
        case "date":
            return day(text, date_format, may_be_month=column.name.endswith("_month"))
        case "timestamp":
            return instant(text, date_format)
        case _:
            return text


def part_places(name: str) -> int:
    """Return the decimal places of a column that counts in parts of one; otherwise 0."""
    return next((places for ending, places in PART_PLACES.items() if name.endswith(ending)), 0)


def whole_number(text: pl.Expr, places: int) -> pl.Expr:
    """Return a number times 10 to the `places`, exactly, without binary fractions.

    Thousands separators, ¥ and 元 are ignored. A number with more decimal places is null.
    """
    plain = text.str.replace_all(r"[,，\s¥￥]|元$", "")
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
    plain = text.str.replace(_MIDNIGHT, "").str.replace_all("[年月/.]", "-").str.strip_chars("日-")
    dashed = plain.str.extract_groups(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$")
    packed = plain.str.extract_groups(r"^(\d{4})(\d{2})(\d{2})?$")
    year, month, date = (
        pl.coalesce(dashed.struct.field(part), packed.struct.field(part)).str.zfill(2)
        for part in ("1", "2", "3")
    )
    if may_be_month:
        date = date.fill_null("01")
    return pl.concat_str(year, month, date, separator="-").str.to_date("%Y-%m-%d", strict=False)


def instant(text: pl.Expr, date_format: str | None) -> pl.Expr:
    """Return a timestamp in UTC; without zone it is China time, a date is midnight there."""
    if date_format is not None:
        local = text.str.to_datetime(
            date_format, strict=False, time_unit="us", ambiguous="earliest"
        )
        return _in_utc(local)
    plain = text.str.replace(" ", "T", literal=True)
    zoned = plain.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us", time_zone="UTC"
    )
    utc = plain.str.strip_suffix("Z")
    is_utc = plain.str.ends_with("Z")
    full = utc.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    short = utc.str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us")
    start = day(text, None, may_be_month=False).cast(pl.Datetime("us"))
    naive = pl.coalesce(full, short, start)
    local = pl.when(is_utc).then(naive.dt.replace_time_zone("UTC")).otherwise(_in_utc(naive))
    return pl.coalesce(zoned, local)


def _in_utc(local: pl.Expr) -> pl.Expr:
    zoned = local.dt.replace_time_zone(TIME_ZONE.key, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")
