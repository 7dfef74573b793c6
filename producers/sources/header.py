"""Column names as they are compared: without line breaks, format characters and stray blanks."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from producers.errors import SourceError
from producers.identifiers import identifier_kind

# Blanks next to a character that is not ASCII only align Chinese titles (姓 名).
_ALIGNING_BLANKS = re.compile("(?<![!-~]) | (?![!-~])")


def without_format_characters(text: str) -> str:
    """Return the text without characters of category Cf, such as zero-width spaces and marks."""
    if text.isascii():
        return text
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def plain_name(name: str) -> str:
    """Return a column name in the form in which files and mappings are compared."""
    text = re.sub(r"\s+", " ", without_format_characters(name)).strip()
    return _ALIGNING_BLANKS.sub("", text)


def unique_header(names: Iterable[str | None], path: Path | str) -> list[str]:
    """Return plain column names. Raise SourceError if there are none, or two are equal."""
    header = [plain_name(name or "") for name in names]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise SourceError(
            f"{path} has no header line: give its number in the mapping (header_line)"
        )
    check_names(header, path)
    named = [name for name in header if name]
    if repeated := sorted(name for name, count in Counter(named).items() if count > 1):
        raise SourceError(f"{path} has several columns named {', '.join(repeated)}: rename them")
    return [name or f"column {number}" for number, name in enumerate(header, start=1)]


def check_names(names: Iterable[str], source: Path | str) -> None:
    """Raise SourceError if a column name contains an identifier: the line is one of values."""
    if kind := next(filter(None, map(identifier_kind, names)), None):
        raise SourceError(
            f"a column name of {source} contains {kind}: its line holds values and no names; give "
            "the number of the line with the names in the mapping (header_line)"
        )


def joined_header(rows: Sequence[Sequence[str | None]]) -> list[str | None]:
    """Return one name per column of a header of several lines: the lowest that is not empty.

    Names that are repeated get the name above, from the nearest column on the left: 一月 应发.
    """
    width = max(map(len, rows), default=0)
    columns = [[_cell(row, number) for row in rows] for number in range(width)]
    lowest = [next((name for name in reversed(names) if name), None) for names in columns]
    counts = Counter(lowest)
    above: str | None = None
    joined: list[str | None] = []
    for names, name in zip(columns, lowest, strict=True):
        above = names[0] or above
        is_repeated = name is not None and counts[name] > 1 and above != name
        joined.append(f"{above} {name}" if is_repeated else name)
    return joined


def _cell(row: Sequence[str | None], number: int) -> str | None:
    return plain_name(row[number] or "") or None if number < len(row) else None
