"""Values, demands and verdicts in the words that offices use, Chinese first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from livelihood.registry import load_units

BASES_ZH = {"stated": "原文明示", "implied": "原文含义", "reading": "本平台理解"}
PERIODICITIES_ZH = {
    "monthly": "逐月",
    "continuous": "持续",
    "annual": "按年",
    "by_end": "期末",
    "cumulative": "累计",
}


@dataclass(frozen=True)
class Look:
    """Words, symbol and colour of a status or level, which is never shown by colour alone."""

    zh: str
    en: str
    symbol: str
    colour: str


# The most urgent status first.
STATUSES = {
    "missed": Look("未达标", "missed", "✖", "red"),
    "behind": Look("滞后", "behind", "▲", "dark_orange"),
    "no_data": Look("无数据", "no data", "?", "magenta"),
    "on_track": Look("正常推进", "on track", "●", "blue"),
    "met": Look("已达标", "met", "✔", "green"),
    "not_started": Look("未开始", "not started", "○", "bright_black"),
    "not_measurable": Look("暂不能监测", "not measurable", "–", "bright_black"),
}
LEVELS = {
    "red": Look("红色", "red", "■", "red"),
    "orange": Look("橙色", "orange", "◆", "dark_orange"),
    "yellow": Look("黄色", "yellow", "▲", "yellow"),
}
STATES_ZH = {
    "open": "待签收",
    "acknowledged": "已签收",
    "handled": "已处置",
    "cleared": "已解除",
}


def format_number(value: Decimal | float | int | None) -> str:
    """Format a number with at most two decimals and grouped thousands. An en dash for None."""
    if value is None:
        return "–"
    exact = Decimal(value) if isinstance(value, int | Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}".rstrip("0").rstrip(".") if "." in f"{rounded}" else f"{rounded:,}"
    return text.replace("-", "−")


def format_value(value: Decimal | None, unit: str | None) -> str:
    """Format a value with its Chinese unit. One million yuan and more in units of ten thousand."""
    if value is None:
        return "–"
    if unit == "yuan" and abs(value) >= 1_000_000:
        return f"{format_number(value / 10_000)} 万元"
    return format_number(value) + _unit_suffix(unit)


def _unit_suffix(unit: str | None) -> str:
    entry = load_units().get(unit or "")
    word = entry.name_zh if entry else unit
    return f" {word}" if word and word != "%" else word or ""


def format_demand(
    comparator: str, value: Decimal | None, high: Decimal | None, unit: str | None
) -> str:
    """Format what a target demands, short enough for a table cell."""
    if comparator == "trend":
        return "不差于上年同期"
    if unit == "day_of_month":
        return f"{format_number(value)} 日前"
    if comparator == "relative":
        return "不低于参照值"
    if comparator == "growth":
        return (
            f"年增 {format_number(value)}%"
            if unit == "pct"
            else f"比基期增 {format_value(value, unit)}"
        )
    if comparator == "between":
        return f"{format_number(value)} 至 {format_value(high, unit)}"
    sign = {">=": "≥", "<=": "≤", "=": "="}.get(comparator, comparator)
    return f"{sign} {format_value(value, unit)}"


def format_shortfall(
    status: str, value: Decimal | None, required: Decimal | None, unit: str | None
) -> tuple[str, str]:
    """Format how much an insufficient value differs from the required, in Chinese and English."""
    if status not in ("missed", "behind") or value is None or required is None or value == required:
        return "", ""
    distance = abs(value - required)
    points = (
        f"{format_number(distance)} 个百分点" if unit == "pct" else format_value(distance, unit)
    )
    words = {"pct": "points", "day_of_month": "days"}.get(
        unit or "", (unit or "").replace("_", " ")
    )
    words = words.removesuffix("s") if format_number(distance) == "1" else words
    english = f"{format_number(distance)} {words}".strip()
    if value < required:
        return f"差 {points}", f"{english} short"
    return f"超 {points}", f"{english} over"


_NUMERALS = {character: digit for digit, character in enumerate("零一二三四五六七八九")}


def section_order(section: str) -> tuple[int, ...]:
    """Return a sort key for sections in the plan's order: main text, then annexes; 二 before 十."""
    parts = re.findall(r"正文|[零一二三四五六七八九十]+|\d+", section.split("；", maxsplit=1)[0])
    return tuple(0 if part == "正文" else _ordinal(part) for part in parts)


def _ordinal(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, units = text.rpartition("十")
    if not ten:
        return _NUMERALS[text[-1]]
    return 10 * (_NUMERALS[tens[-1]] if tens else 1) + (_NUMERALS[units] if units else 0)
