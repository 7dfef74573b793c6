"""Scan of a worksheet of an .xlsx file for cells that calamine reads as empty or as other values.

Errors and formulas without a stored value are empty to calamine, a percentage is a fraction, the
Chinese date formats are plain numbers, leading zeros of a format are lost, and numbers beyond 15
digits are rounded. Most rows contain none of these, so the XML is searched as bytes, and only rows
with a hit are parsed.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO
from xml.etree import ElementTree

from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from producers.sources import LONG_NUMBER, UNREADABLE

BLOCK_BYTES = 4 << 20
MAX_COLUMNS = 16_384
MAX_LINES = 1_048_576
# Formats of dates that Excel numbers but does not store, in Chinese versions (ECMA-376, 18.8.30).
_CHINESE_DATES = {*range(27, 37), *range(50, 59)}
_PERCENT = {9, 10}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_COLUMNS = re.compile(rb' r="([A-Z]{2,})\d')
# Addresses that no sheet has; calamine would allocate the cells up to them.
_NO_ADDRESS = re.compile(rb' r="(?!(?:[A-Z]{1,3})?[1-9]\d{0,6}")([^"]{0,20})')
_ADDRESS = re.compile(rb' r="([A-Z]+\d+)"')
_LETTERS = string.ascii_uppercase.encode()
_LARGE_LINE = re.compile(rb' r="[A-Z]*(\d{7})"')
_MERGED = re.compile(rb'\bref="\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)"')
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^>]*/>")
_ROOT = re.compile(rb"<(\w+:)?worksheet\b[^>]*>")


@dataclass(frozen=True)
class Styles:
    """Numbers of the cell styles that show percentages, Chinese dates, and leading zeros (with
    the number of digits); the first day.
    """

    percent: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    digits: dict[str, int] = field(default_factory=dict)
    is_1904: bool = False


@dataclass
class Scan:
    """What calamine leaves out: texts by line and column from 1, and the extent of the sheet.

    `problem` says why the sheet cannot be read.
    """

    marks: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_lines: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    last_line: int = 0
    last_column: int = 26
    problem: str = ""


def column_number(reference: str) -> int:
    """Return the number of a column from 1, such as 28 for AB5; 0 without letters."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_name(number: int) -> str:
    """Return the letters of a column, such as AB for 28."""
    name = ""
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def shown_error(text: str) -> str:
    """Return the error of a cell as programs write it; other text may be a personal value."""
    return text if re.fullmatch(r"#[A-Z0-9/!?_]+|Err:\d+", text) else "…"


def special_styles(styles: ElementTree.Element | None, *, is_1904: bool) -> Styles:
    """Return the styles whose cells are percentages or Chinese dates."""
    if styles is None:
        return Styles(is_1904=is_1904)
    codes = {
        int(format_.get("numFmtId", "0")): format_.get("formatCode", "")
        for format_ in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    formats = [int(xf.get("numFmtId", "0")) for xf in styles.iterfind("{*}cellXfs/{*}xf")]
    return Styles(
        frozenset(str(n) for n, id_ in enumerate(formats) if _is_percent(id_, codes.get(id_))),
        frozenset(
            str(n)
            for n, id_ in enumerate(formats)
            if id_ in _CHINESE_DATES and (id_ not in codes or is_date_format(codes[id_]))
        ),
        {
            str(n): len(codes[id_])
            for n, id_ in enumerate(formats)
            if re.fullmatch("0{2,}", codes.get(id_, ""))
        },
        is_1904,
    )


def _is_percent(id_: int, code: str | None) -> bool:
    return id_ in _PERCENT if code is None else "%" in _QUOTED.sub("", code)


def scan_sheet(file: IO[bytes], styles: Styles) -> Scan:
    """Return what calamine leaves out of a worksheet's XML."""
    text = file.read(BLOCK_BYTES)
    root = _ROOT.search(text)
    if root is None:
        return Scan()
    scanner = _Scanner(root[0], root[1] or b"", styles)
    while True:
        end = text.rfind(b"row>") + len(b"row>")
        if end >= len(b"row>"):
            scanner.add(text[:end])
            text = text[end:]
        if not (block := file.read(BLOCK_BYTES)):
            break
        text += block
    scanner.scan.merged = list(_merged(text))
    return scanner.scan


def _merged(text: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield the merged ranges from the part of the XML that follows the rows."""
    start = text.find(b"mergeCells")
    if start >= 0:
        for first, top, last, bottom in _MERGED.findall(text, start, text.rfind(b"mergeCells")):
            columns = column_number(first.decode()), column_number(last.decode())
            yield int(top), columns[0], int(bottom), columns[1]


class _Scanner:
    """Search of blocks of complete rows; names of elements may have a prefix."""

    def __init__(self, root: bytes, prefix: bytes, styles: Styles) -> None:
        self.scan = Scan()
        self._root = root
        self._prefix = prefix
        self._styles = styles
        self._row = b"<%srow" % prefix
        self._row_number = re.compile(rb'%s\b[^>]*?\br="(\d+)"' % self._row)
        self._hidden = re.compile(rb'%s\b[^>]*?\bhidden="(?:1|true)"' % self._row)
        self._no_shared_text = re.compile(rb't="s"[^>]*><%sv>(?!\d{1,9}<)' % prefix)
        exponents = rb"[\d.]+[eE]\+?(?:1[5-9]|[2-9]\d|\d{3})"
        self._long_number = re.compile(rb"<%sv>-?(?:\d{16}|%s)" % (prefix, exponents))
        self._signs = [b't="e"', b"</%sf></" % prefix, b"<%sv></" % prefix, b"<%sv/>" % prefix]
        self._signs += [b"/></%sc>" % prefix]
        self._signs += [
            b's="%s"' % n.encode() for n in (*styles.percent, *styles.dates, *styles.digits)
        ]

    def add(self, text: bytes) -> None:
        """Add a block of complete rows."""
        scan = self.scan
        text = self._plain(text)
        names = {name.decode() for name in _COLUMNS.findall(text)}
        scan.last_column = max([scan.last_column, *map(column_number, names)])
        scan.problem = scan.problem or self._problem(text)
        if b'hidden="' in text:
            scan.hidden_lines += [self._line(text, m.end()) for m in self._hidden.finditer(text)]
        if hit := self._hit(text):
            for line, row in self._rows_with(hit, text):
                scan.marks.update(self._marks(row, line))
        scan.last_line = self._line(text, len(text))

    def _problem(self, text: bytes) -> str:
        """Return why the addresses of a block are not valid, or an empty string."""
        if no_address := _NO_ADDRESS.search(text):
            return f"it has a cell {no_address[1].decode(errors='replace')!r}"
        if self._no_shared_text.search(text):
            return "it has a cell with the number of a text that does not exist"
        lines = map(int, _LARGE_LINE.findall(text))
        if self.scan.last_column > MAX_COLUMNS or max(lines, default=0) > MAX_LINES:
            return f"it has cells beyond {column_name(MAX_COLUMNS)}{MAX_LINES}"
        addresses = _ADDRESS.findall(text)
        first_line = int(addresses[0].lstrip(_LETTERS)) if addresses else MAX_LINES
        if len(set(addresses)) != len(addresses) or first_line <= self.scan.last_line:
            return "a cell occurs twice, or rows are not in order"
        return ""

    def _plain(self, text: bytes) -> bytes:
        """Return XML without indentation and with double quotes only."""
        if b"='" in self._root:
            text = re.sub(rb"='([^'\"<>]*)'", rb'="\1"', text)
        return re.sub(rb">\s+<", b"><", text) if re.search(rb">\s+<", text[:4096]) else text

    def _line(self, text: bytes, end: int) -> int:
        """Return the number of the last row that begins before a position."""
        start = text.rfind(self._row, 0, end)
        if start >= 0 and (number := self._row_number.match(text, start)):
            return int(number[1])
        return self.scan.last_line + text.count(self._row, 0, end)

    def _hit(self, text: bytes) -> re.Pattern[bytes] | None:
        """Return a pattern of what occurs in a block, or None. Plain searches are the fastest."""
        patterns = [re.escape(sign) for sign in self._signs if sign in text]
        if self._long_number.search(text):
            patterns.append(self._long_number.pattern)
        return re.compile(b"|".join(patterns)) if patterns else None

    def _rows_with(self, hit: re.Pattern[bytes], text: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield number and XML of each row in which the pattern occurs."""
        position = 0
        while match := hit.search(text, position):
            start = text.rfind(self._row, position, match.start())
            position = text.find(b"row>", match.end()) + len(b"row>")
            if start >= 0:
                yield self._line(text, match.start()), text[start:position]
            if position < match.end():
                return

    def _marks(self, row: bytes, line: int) -> Iterator[tuple[tuple[int, int], str]]:
        tree = ElementTree.fromstring(b"%s%s</%sworksheet>" % (self._root, row, self._prefix))
        number = 0
        for cell in tree[-1].iterfind("{*}c"):
            number = column_number(cell.get("r", "")) or number + 1
            text = _meaning(cell, f"{column_name(number)}{line}", self._styles)
            if text is not None:
                yield (line, number), text


def _meaning(cell: ElementTree.Element, address: str, styles: Styles) -> str | None:
    """Return the text that replaces calamine's, or None if that is right."""
    kind, value = cell.get("t", "n"), (cell.findtext("{*}v") or "").strip()
    if kind == "e":
        return (
            f"{UNREADABLE}cell {address} holds the error {shown_error(value)}: correct its formula"
        )
    if cell.find("{*}f") is not None and not value and kind != "str":
        return (
            f"{UNREADABLE}cell {address} holds a formula without a stored value: "
            "open the file in Excel or WPS and save it"
        )
    return _number_meaning(cell.get("s", ""), value, address, styles) if kind == "n" else None


def _number_meaning(style: str, value: str, address: str, styles: Styles) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return None
    if not abs(number) < 1e15:
        return f"{UNREADABLE}cell {address} holds {LONG_NUMBER}"
    if style in styles.percent:
        percent = Decimal(format(number, ".15g")) * 100
        return f"{percent.normalize():f}%"
    if style in styles.digits and number >= 0:
        return f"{number:.0f}".zfill(styles.digits[style])
    if style in styles.dates:
        epoch = CALENDAR_MAC_1904 if styles.is_1904 else CALENDAR_WINDOWS_1900
        try:
            return str(from_excel(number, epoch))
        except (OverflowError, ValueError, TypeError):
            return None
    return None


def without_columns_after(xml: bytes, width: int) -> bytes:
    """Return a worksheet's XML without its extent and the cells right of a column."""
    reference = re.compile(rb'\br="([A-Z]+)')

    def shortened(cell: re.Match[bytes]) -> bytes:
        letters = reference.search(cell[1])
        is_far = letters is not None and column_number(letters[1].decode()) > width
        return b"" if is_far else cell[0]

    return _CELL.sub(shortened, _DIMENSION.sub(b"", xml))
